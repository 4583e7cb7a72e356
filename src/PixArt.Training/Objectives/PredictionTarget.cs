namespace PixArt.Training.Objectives;

/// <summary>What a denoiser predicts. One value drives target, loss weight and sampler.</summary>
public enum PredictionTarget
{
    /// <summary>The noise; PixArt's own.</summary>
    Epsilon,

    /// <summary>The velocity sqrt(product) noise - sqrt(1 - product) x_0.</summary>
    Velocity,

    /// <summary>The clean latents x_0.</summary>
    Sample,
}
