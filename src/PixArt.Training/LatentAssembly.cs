using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Features;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Opens the latents that a recipe trains on: encoded live, or kept in a cache whose gaps are filled first.</summary>
static class LatentAssembly
{
    /// <param name="recipe">What to do.</param>
    /// <param name="images">The images; disposed with the result.</param>
    /// <param name="autoencoder">Encodes them; belongs to the caller.</param>
    /// <param name="progress">Is told how far the cache is.</param>
    /// <param name="cancel">Stops between batches.</param>
    public static ILatentData Open(
        TransformerRecipe recipe, IImageData images, AutoencoderKL autoencoder, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        if (recipe.Latents.Cache is not { } cache) return new LiveLatents(images, autoencoder, recipe.Latents.SamplePosterior);
        var identity = Identity(recipe, images, autoencoder.Config);
        return CachedLatents.Open(
            cache, images, identity, batch => Encode(autoencoder, batch, identity.Deviations), Told(progress), cancel);
    }

    /// <summary>Fills a rank's share of the cache.</summary>
    public static void Fill(
        TransformerRecipe recipe, IImageData images, AutoencoderKL autoencoder, int rank, int world,
        IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        var identity = Identity(recipe, images, autoencoder.Config);
        new LatentCacheBuilder(recipe.Latents.Cache!, images, identity, batch => Encode(autoencoder, batch, identity.Deviations))
            .Run(rank, world, Told(progress), cancel);
    }

    static LatentCacheIdentity Identity(TransformerRecipe recipe, IImageData images, AutoencoderKLConfig config)
    {
        if (images.Count == long.MaxValue)
            throw new InvalidSettingException("data.count", null, "a number of samples, as 'latents.cache' is set and scenes never end");
        if (!images.IsFixed)
        {
            throw new InvalidSettingException(
                "latents.cache", recipe.Latents.Cache, "null with 'data.flip' or 'data.crop' random: a cache holds each picture once");
        }

        return new()
        {
            Images = images.Fingerprint,
            Autoencoder = ComponentHash.Of(recipe.Latents.Autoencoder),
            Count = images.Count,
            Channels = config.LatentChannels,
            Downsampling = config.DownsampleFactor,
            Deviations = recipe.Latents.SamplePosterior,
            Scale = config.ScalingFactor,
            Shift = config.ShiftFactor ?? 0,
        };
    }

    static Tensor Encode(AutoencoderKL autoencoder, Tensor batch, bool deviations)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var distribution = autoencoder.Encode(batch.To(autoencoder.Parameters.Device));
        var latents = deviations ? Tensor.Cat([distribution.Mean, distribution.StandardDeviation()], 1) : distribution.Mode();
        return scope.Keep(latents.To(ScalarType.Float32).Cpu());
    }

    static FeatureProgress Told(IProgress<TrainingEvent>? progress) => new(progress, "encoding images");
}
