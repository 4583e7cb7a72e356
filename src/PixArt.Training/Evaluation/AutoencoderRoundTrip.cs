using PixArt.Imaging;
using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Training.Evaluation;

/// <summary>An autoencoder that encodes pictures (to the mean of its latents) and decodes them again.</summary>
public sealed class AutoencoderRoundTrip : IDisposable
{
    private readonly AutoencoderKL _autoencoder;

    private AutoencoderRoundTrip(AutoencoderKL autoencoder) => _autoencoder = autoencoder;

    /// <summary>Loads an autoencoder.</summary>
    /// <param name="folder">A model folder with a <c>vae</c> folder, or that folder itself.</param>
    /// <exception cref="PixArtException">A file is missing or damaged.</exception>
    public static AutoencoderRoundTrip Load(string folder)
    {
        var inside = Path.Combine(folder, "vae");
        return new(ComponentLoading.Autoencoder(new ComponentFolder(Directory.Exists(inside) ? inside : folder), new PipelineOptions()));
    }

    /// <summary>What is left of the pictures after the latents.</summary>
    /// <param name="images">RGB pictures of one size.</param>
    public IReadOnlyList<Image> Apply(IReadOnlyList<Image> images)
    {
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var latents = _autoencoder.Encode(ImageTensors.ToTensor(images));
        return ImageTensors.FromTensor(_autoencoder.Decode(latents.Mean));
    }

    /// <inheritdoc/>
    public void Dispose() => _autoencoder.Dispose();
}
