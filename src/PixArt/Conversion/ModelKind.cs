namespace PixArt.Conversion;

/// <summary>What weights belong to.</summary>
public enum ModelKind
{
    /// <summary>Nothing that is known here.</summary>
    Unknown,

    /// <summary>PixArt's diffusion transformer.</summary>
    Transformer,

    /// <summary>The copied blocks of a ControlNet-Transformer, alone or with the transformer that they steer.</summary>
    ControlNet,

    /// <summary>The autoencoder.</summary>
    Autoencoder,

    /// <summary>T5's encoder, alone or with its decoder.</summary>
    TextEncoder,
}
