using PixArt.Torch;

namespace PixArt.Training.Features;

/// <summary>Latents and captions by index, as a denoiser is trained on them.</summary>
public interface ILatentData : IDisposable
{
    /// <summary>Number of samples; <see cref="long.MaxValue"/> when they never end.</summary>
    long Count { get; }

    /// <summary>Latents of some samples, scaled as the denoiser sees them. May be called from another thread than others.</summary>
    /// <param name="indices">B indices.</param>
    /// <param name="posterior">Draws from the autoencoder's posterior where it is sampled.</param>
    /// <returns>[B, C, h, w], fp32, on the CPU.</returns>
    Tensor Read(IReadOnlyList<long> indices, Generator posterior);

    /// <summary>A caption; see <see cref="Data.IImageData.Caption"/>.</summary>
    string Caption(long index, long visit);
}
