namespace PixArt.Imaging;

/// <summary>The kernel that weighs source pixels; all but <see cref="Nearest"/> widen it to shrink.</summary>
public enum ResizeFilter
{
    /// <summary>The pixel whose area holds the new pixel's centre; no new colours, for masks.</summary>
    Nearest,

    /// <summary>Linear (tent) kernel.</summary>
    Bilinear,

    /// <summary>Cubic (Catmull-Rom) kernel.</summary>
    Bicubic,

    /// <summary>Three-lobed Lanczos kernel, the sharpest.</summary>
    Lanczos3,
}
