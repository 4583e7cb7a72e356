using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Settings of <see cref="Muon"/>.</summary>
public sealed record MuonOptions
{
    /// <summary>Decay of the momentum, [0, 1).</summary>
    public double Momentum { get; init; } = 0.95;

    /// <summary>Looks one step ahead along the momentum (Nesterov).</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>What the Newton-Schulz iterations compute in; bfloat16 is enough, as they need not converge.</summary>
    public ScalarType IterationType { get; init; } = ScalarType.Float32;

    /// <summary>Newton-Schulz iterations, 1 to 10.</summary>
    public int Iterations { get; init; } = 5;

    /// <summary>Decoupled decay, as in <see cref="AdamWOptions"/>.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Root mean square of an update's elements at rate 1: 0.2 is what AdamW's updates have, so that its learning
    /// rates carry over (Liu et al. 2025).</summary>
    public double UpdateScale { get; init; } = 0.2;
}
