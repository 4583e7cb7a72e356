namespace PixArt.Training.Objectives;

/// <summary>How the c of <see cref="HuberLoss"/> goes over the timesteps.</summary>
public enum HuberSchedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>c^(t/T): from 1 at the clean end to c at the noisy one.</summary>
    Exponential,

    /// <summary>c + (1 - c) / (1 + σ)², σ² being noise to signal: likewise, along the noise.</summary>
    Snr,
}
