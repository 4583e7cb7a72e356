using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Ranks;

namespace PixArt.Training.Features;

/// <summary>Latents and captions by index, as a denoiser is trained on them.</summary>
public interface ILatentData : IDisposable
{
    /// <summary>Number of samples; <see cref="long.MaxValue"/> when they never end.</summary>
    long Count { get; }

    /// <summary>All samples by size and set.</summary>
    IReadOnlyList<SampleGroup> Groups { get; }

    /// <summary>Latents of some samples of one size, scaled as the denoiser sees them. May be called from another thread than
    /// others.</summary>
    /// <param name="samples">B samples.</param>
    /// <param name="posterior">Draws from the autoencoder's posterior where it is sampled.</param>
    /// <returns>[B, C, h, w], fp32, on the CPU.</returns>
    Tensor Read(IReadOnlyList<SampleVisit> samples, BatchNoise posterior);

    /// <summary>Size of a sample's picture.</summary>
    PictureShape Shape(long index);

    /// <summary>The caption of a sample whose latents were read; see <see cref="Data.IImageData.Caption"/>.</summary>
    string Caption(long index, long visit);
}
