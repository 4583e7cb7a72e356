using PixArt.Imaging;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Ranks;

namespace PixArt.Training.Features;

/// <summary>Encodes images each time they are asked for.</summary>
/// <param name="images">The images; disposed with this object.</param>
/// <param name="autoencoder">Encodes them; belongs to the caller.</param>
/// <param name="samplePosterior">Draws from the posterior instead of taking its mean.</param>
sealed class LiveLatents(IImageData images, AutoencoderKL autoencoder, bool samplePosterior) : ILatentData
{
    public long Count => images.Count;

    public IReadOnlyList<SampleGroup> Groups => images.Groups;

    public Tensor Read(IReadOnlyList<SampleVisit> samples, BatchNoise posterior)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var pictures = new Image[samples.Count];
        ParallelLoop.Run(pictures.Length, i => pictures[i] = images.Get(samples[i].Index, samples[i].Visit));
        using var distribution = autoencoder.Encode(ImageTensors.ToTensor(pictures, autoencoder.Parameters.Device));
        var latents = samplePosterior ? distribution.Sample(posterior.Normal(distribution.Mean.Shape, distribution.Mean.DType)) : distribution.Mode();
        return scope.Keep(autoencoder.Scale(latents).To(ScalarType.Float32).Cpu());
    }

    public PictureShape Shape(long index) => images.Shape(images.SourceOf(index));

    public string Caption(long index, long visit) => images.Caption(images.SourceOf(index), visit);

    public void Dispose() => images.Dispose();
}
