using System.Security.Cryptography;
using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Features;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Loads what a transformer is trained with, and computes the latents that its cache lacks.</summary>
static class TransformerAssembly
{
    public static TransformerParts Build(TransformerRecipe recipe, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        var device = Device.Parse(recipe.Device);
        var made = new Stack<IDisposable>();
        T Made<T>(T part)
            where T : IDisposable
        {
            made.Push(part);
            return part;
        }

        try
        {
            var tokenizer = Made(new CaptionTokenizer(SentencePieceTokenizer.Load(recipe.Tokenizer), recipe.MaxTokens));
            var autoencoder = Made(ModelLoading.Autoencoder(null, recipe.Latents.Autoencoder, device, recipe.Seed));
            var text = Made(ModelLoading.TextEncoder(recipe.TextEncoder.Model, recipe.TextEncoder.From, device, recipe.Seed + 1));
            var transformer = Made(ModelLoading.Transformer(recipe.Model, recipe.From, device, recipe.Seed));
            transformer.GradientCheckpointing = recipe.GradientCheckpointing;
            return new(transformer, text, autoencoder, tokenizer, Latents(recipe, autoencoder, progress, cancel));
        }
        catch
        {
            while (made.TryPop(out var part)) part.Dispose();
            throw;
        }
    }

    static ILatentData Latents(
        TransformerRecipe recipe, AutoencoderKL autoencoder, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        var images = ImageSources.Open(recipe.Data);
        if (recipe.Latents.Cache is not { } cache) return new LiveLatents(images, autoencoder, recipe.Latents.SamplePosterior);
        if (images.Count == long.MaxValue)
            throw new InvalidSettingException("data.count", null, "a number of samples, as 'latents.cache' is set and scenes never end");
        var first = images.Get(0);
        var config = autoencoder.Config;
        var identity = new LatentCacheIdentity
        {
            Images = images.Fingerprint,
            Autoencoder = Hash(recipe.Latents.Autoencoder),
            Count = images.Count,
            Shape = [config.LatentChannels, first.Height / config.DownsampleFactor, first.Width / config.DownsampleFactor],
            Deviations = recipe.Latents.SamplePosterior,
            Scale = config.ScalingFactor,
            Shift = config.ShiftFactor ?? 0,
        };
        var told = new Progress(done => progress?.Report(new Preparing("encoding images", done, identity.Count)));
        return CachedLatents.Open(cache, images, identity, batch => Encode(autoencoder, batch, identity.Deviations), told, cancel);
    }

    static Tensor Encode(AutoencoderKL autoencoder, Tensor batch, bool deviations)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var distribution = autoencoder.Encode(batch.To(autoencoder.Parameters.Device));
        return scope.Keep(deviations
            ? Tensor.Cat([distribution.Mean, distribution.StandardDeviation()], 1)
            : distribution.Mode());
    }

    static string Hash(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in new ComponentFolder(folder).WeightFiles()) hash.AppendData(File.ReadAllBytes(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    sealed class Progress(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
