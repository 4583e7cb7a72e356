using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>Where stochastic samplers get their noise, one draw at a time.</summary>
public interface INoiseSource
{
    /// <summary>Draws standard normal noise.</summary>
    /// <param name="shape">[B, C, H, W].</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="device">Where the noise is wanted.</param>
    /// <returns>A new tensor, the caller's to dispose.</returns>
    Tensor Draw(long[] shape, ScalarType dtype, Device device);
}
