namespace PixArt.Conversion;

/// <summary>Whose names weights are written under.</summary>
public enum WeightsLayout
{
    /// <summary>diffusers' and transformers'.</summary>
    Diffusers,

    /// <summary>The repositories': PixArt's for transformers and ControlNets, Stable Diffusion's for autoencoders.</summary>
    Original,
}
