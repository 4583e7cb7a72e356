using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>AdamW whose moments are stored in 8 bits (Dettmers et al. 2022): two bytes a parameter instead of eight. Parameters of fewer
/// than 4096 elements keep theirs in fp32, as in bitsandbytes.</summary>
/// <param name="options">Settings, or null for the defaults.</param>
public sealed class Adam8Bit(AdamWOptions? options = null) : IUpdateRule
{
    /// <summary>Fewest elements whose moments are stored in 8 bits.</summary>
    const int SmallestStored = 4096;

    readonly AdamWOptions _options = options ?? new();

    /// <inheritdoc/>
    public IReadOnlyList<TrainedTensor> Begin(Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Count < SmallestStored) return [new("exp_avg", FlatSpans.ZerosLike(value)), new("exp_avg_sq", FlatSpans.ZerosLike(value))];
        var (first, firstMagnitudes) = BlockQuantization.Signed.Zeros(value);
        var (second, secondMagnitudes) = BlockQuantization.Unsigned.Zeros(value);
        return [new("exp_avg", first), new("exp_avg_absmax", firstMagnitudes), new("exp_avg_sq", second), new("exp_avg_sq_absmax", secondMagnitudes)];
    }

    /// <inheritdoc/>
    public void Update(Tensor value, Tensor gradient, IReadOnlyList<Tensor> state, UpdateMoment now)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Count == 2)
        {
            Step(value, gradient, state[0], state[1], now);
            return;
        }

        var first = BlockQuantization.Signed.Read(state[0], state[1]);
        var second = BlockQuantization.Unsigned.Read(state[2], state[3]);
        Step(value, gradient, first, second, now);
        BlockQuantization.Signed.Write(first, state[0], state[1]);
        BlockQuantization.Unsigned.Write(second, state[2], state[3]);
    }

    void Step(Tensor value, Tensor gradient, Tensor first, Tensor second, UpdateMoment now) =>
        AdamW.OnTensors(_options, value, gradient, first, second, now);
}
