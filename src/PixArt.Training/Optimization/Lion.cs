using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Lion (Chen et al. 2023): every element moves by the rate, in the direction of the sign of momentum and gradient mixed. Half of
/// AdamW's memory; wants a rate three to ten times smaller and a decay as much larger.</summary>
/// <param name="options">Settings, or null for the defaults.</param>
/// <param name="weightDecay">Decoupled weight decay, 0 or more.</param>
public sealed class Lion(LionOptions? options = null, double weightDecay = 0) : IUpdateRule
{
    readonly LionOptions _options = options ?? new();

    /// <inheritdoc/>
    public IReadOnlyList<TrainedTensor> Begin(Tensor value) => [new("exp_avg", FlatSpans.ZerosLike(value))];

    /// <inheritdoc/>
    public void Update(Tensor value, Tensor gradient, IReadOnlyList<Tensor> state, UpdateMoment now)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(state);
        var momentum = state[0];
        value.MulInPlace(1 - (now.Rate * weightDecay));
        value.AddInPlace(momentum.Lerp(gradient, 1 - _options.Beta1).Sign(), -now.Rate);
        momentum.LerpInPlace(gradient, 1 - _options.Beta2);
    }
}
