namespace PixArt.Training.Optimization;

/// <summary>Settings of <see cref="AdamW"/>; the names are PyTorch's.</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay of the running mean of gradients, [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients, [0, 1).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment; 0 or more. PixArt's own training uses 1e-10.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled decay: every step multiplies parameters by 1 - rate · decay; 0 or more.</summary>
    public double WeightDecay { get; init; } = 0.01;
}
