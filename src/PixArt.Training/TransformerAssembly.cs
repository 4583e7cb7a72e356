using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;
using PixArt.Training.Adapters;
using PixArt.Training.Data;
using PixArt.Training.Distillation;
using PixArt.Training.Features;
using PixArt.Training.Features.Repository;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Loads what a transformer is trained with, and computes the latents that its cache lacks.</summary>
static class TransformerAssembly
{
    public static TransformerParts Build(
        TransformerRecipe recipe, IProgress<TrainingEvent>? progress, CancellationToken cancel, BatchShare? share = null)
    {
        share ??= BatchShare.Whole;
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
            var type = recipe.Parameters == ParameterPrecision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32;
            var readsText = recipe.Features is { Text: true };
            var tokenizer = readsText ? null : Made(new CaptionTokenizer(SentencePieceTokenizer.Load(recipe.Tokenizer), recipe.MaxTokens));
            var autoencoder = Made(ModelLoading.Autoencoder(null, recipe.Latents.Autoencoder, device, recipe.Seed));
            var text = readsText ? null : Made(ModelLoading.TextEncoder(recipe.TextEncoder.Model, recipe.TextEncoder.From, device, recipe.Seed + 1, type));
            var transformer = Made(ModelLoading.Transformer(recipe.Model, recipe.From, device, recipe.Seed, type));
            transformer.GradientCheckpointing = recipe.GradientCheckpointing;
            var adapter = recipe.Adapter is { } adapted ? Made(new TrainedAdapter(transformer, adapted, recipe.Seed, share)) : null;
            PixArtTransformer Copy(string? from) => Made(ModelLoading.Transformer(recipe.Model, from ?? recipe.From, device, recipe.Seed, type));
            var teacher = recipe switch
            {
                { Consistency: { } consistency, Adapter: null } => Copy(consistency.Teacher),
                { DistributionMatching: { } matching } => Copy(matching.Teacher),
                _ => null,
            };
            var fake = recipe.DistributionMatching is { } matched ? Copy(matched.Teacher) : null;
            if (fake is not null) fake.GradientCheckpointing = recipe.GradientCheckpointing;
            var control = recipe is ControlRecipe steered ? Made(ControlAssembly.Network(steered, transformer, device)) : null;
            var conditions = recipe is ControlRecipe { Features: null } edged ? Made(ControlAssembly.Conditions(edged, autoencoder, progress, cancel)) : null;
            var peers = PeerExpert.Load(recipe, device);
            foreach (var peer in peers) Made(peer);
            var prior = recipe.Prior is { } kept ? Made(Latents(recipe, kept.Data, autoencoder, progress, cancel)) : null;
            var regression = recipe.DistributionMatching?.Regression is { } repeated
                ? Made(PictureRegression.Load(repeated, transformer.Config.InChannels, device)) : null;
            var stored = recipe.Features is null ? null : RepositoryFeatures.Open(recipe, autoencoder.Config, progress);
            var latents = Made(stored?.Latents ?? Latents(recipe, recipe.Data, autoencoder, progress, cancel, share));
            return new(transformer, autoencoder, latents, text, tokenizer, stored?.Text, HeldOut(recipe, autoencoder, progress, cancel))
            {
                Adapter = adapter,
                Teacher = teacher,
                Fake = fake,
                Peers = peers,
                Prior = prior,
                Control = control,
                Share = share,
                Conditions = conditions ?? stored?.Edges,
                Noise = regression is null ? null : stored?.Noise,
                Regression = regression,
            };
        }
        catch
        {
            while (made.TryPop(out var part)) part.Dispose();
            throw;
        }
    }

    static ILatentData? HeldOut(TransformerRecipe recipe, AutoencoderKL autoencoder, IProgress<TrainingEvent>? progress, CancellationToken cancel) =>
        recipe.HeldOut is { } heldOut
            ? Latents(recipe, heldOut.Data with { Count = heldOut.Data.Count ?? heldOut.Samples }, autoencoder, progress, cancel)
            : null;

    static ILatentData Latents(
        TransformerRecipe recipe, DataRecipe data, AutoencoderKL autoencoder, IProgress<TrainingEvent>? progress, CancellationToken cancel,
        BatchShare? share = null)
    {
        var report = share is { Rank: 0 } ? Path.Combine(recipe.Output, "data.json") : null;
        var images = ImageSources.Open(data, progress, report, cancel);
        try
        {
            return LatentAssembly.Open(recipe with { Data = data }, images, autoencoder, progress, cancel);
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }
}
