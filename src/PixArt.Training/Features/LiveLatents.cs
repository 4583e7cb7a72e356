using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Data;

namespace PixArt.Training.Features;

/// <summary>Encodes images each time they are asked for.</summary>
/// <param name="images">The images; disposed with this object.</param>
/// <param name="autoencoder">Encodes them; belongs to the caller.</param>
/// <param name="samplePosterior">Draws from the posterior instead of taking its mean.</param>
sealed class LiveLatents(IImageData images, AutoencoderKL autoencoder, bool samplePosterior) : ILatentData
{
    public long Count => images.Count;

    public Tensor Read(IReadOnlyList<long> indices, Generator posterior)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var batch = PixelTensors.FromImages([.. indices.Select(images.Get)]);
        using var distribution = autoencoder.Encode(batch.To(autoencoder.Parameters.Device));
        var latents = samplePosterior ? distribution.Sample(posterior) : distribution.Mode();
        return scope.Keep(autoencoder.Scale(latents).To(ScalarType.Float32).Cpu());
    }

    public string Caption(long index, long visit) => images.Caption(index, visit);

    public void Dispose() => images.Dispose();
}
