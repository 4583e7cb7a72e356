namespace PixArt.Training.Objectives;

/// <summary>How the min-SNR weight is carried over to the velocity.</summary>
public enum MinSnrForm
{
    /// <summary>min(SNR, gamma) / (SNR + 1): the weight of x_0 that the paper limits.</summary>
    Standard,

    /// <summary>min(SNR + 1, gamma) / (SNR + 1), as PixArt's LoRA script has it: nothing is limited below SNR = gamma - 1.</summary>
    Shifted,
}
