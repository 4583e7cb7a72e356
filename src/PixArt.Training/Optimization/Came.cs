using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>CAME (Luo et al. 2023), what PixArt-Σ was trained with: Adafactor's factored second moment, a momentum of the updates, and where
/// updates differ much from their momentum, smaller steps. For matrices that is half of AdamW's memory.</summary>
/// <param name="options">Settings, or null for the defaults.</param>
/// <param name="weightDecay">Decoupled weight decay, 0 or more.</param>
public sealed class Came(CameOptions? options = null, double weightDecay = 0) : IUpdateRule
{
    readonly CameOptions _options = options ?? new();

    /// <inheritdoc/>
    public IReadOnlyList<TrainedTensor> Begin(Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var state = FactoredSquares.Begin("exp_avg_sq", value).Append(new("exp_avg", FlatSpans.ZerosLike(value)));
        return [.. value.Rank < 2 ? state : state.Concat(FactoredSquares.Begin("exp_avg_res", value))];
    }

    /// <inheritdoc/>
    public void Update(Tensor value, Tensor gradient, IReadOnlyList<Tensor> state, UpdateMoment now)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(gradient);
        ArgumentNullException.ThrowIfNull(state);
        var update = FactoredSquares.InverseRoot(state, 0, gradient.Square() + _options.Epsilon1, 1 - _options.Beta2) * gradient;
        FactoredSquares.Clip(update, _options.ClipThreshold);
        var momentum = state[FactoredSquares.Count(value)];
        momentum.LerpInPlace(update, 1 - _options.Beta1);
        value.MulInPlace(1 - (now.Rate * weightDecay));
        if (value.Rank < 2)
        {
            value.AddInPlace(momentum, -now.Rate);
            return;
        }

        var instability = (update - momentum).Square() + _options.Epsilon2;
        value.AddcmulInPlace(FactoredSquares.InverseRoot(state, 3, instability, 1 - _options.Beta3), momentum, -now.Rate);
    }
}
