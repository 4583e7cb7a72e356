namespace PixArt.Training.Objectives;

/// <summary>Forms of the min-SNR weight.</summary>
public enum MinSnrForm
{
    /// <summary>min(SNR, gamma) / (SNR + 1): the weight of x_0 that the paper limits.</summary>
    Standard,

    /// <summary>min(SNR + 1, gamma) / (SNR + 1), as PixArt's LoRA script has it: nothing is limited below SNR = gamma - 1.</summary>
    Shifted,

    /// <summary>SNR gamma / (SNR + gamma) in the place of the minimum, without its corner (soft min-SNR; Crowson et al. 2024).</summary>
    Soft,
}
