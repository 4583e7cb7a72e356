namespace PixArt.Diffusion;

/// <summary>How LCM picks its steps from the distillation grid; the two give different pictures from the same seed.</summary>
public enum LcmGrid
{
    /// <summary>Evenly over the whole grid, as current diffusers: 999, 759, 499, 259 for four steps of 50.</summary>
    Even,

    /// <summary>By whole strides from the noisy end, as the original repository: 999, 759, 519, 279 for four of 50.</summary>
    Strided,
}
