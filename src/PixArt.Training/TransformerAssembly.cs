using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Features;
using PixArt.Training.Recipes;

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
            var images = Made(ImageSources.Open(recipe.Data));
            var latents = Made(LatentAssembly.Open(recipe, images, autoencoder, progress, cancel));
            return new(transformer, autoencoder, latents, text, tokenizer, HeldOut: HeldOut(recipe, autoencoder, progress, cancel));
        }
        catch
        {
            while (made.TryPop(out var part)) part.Dispose();
            throw;
        }
    }

    static ILatentData? HeldOut(TransformerRecipe recipe, AutoencoderKL autoencoder, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        if (recipe.HeldOut is not { } heldOut) return null;
        var data = heldOut.Data with { Count = heldOut.Data.Count ?? heldOut.Samples };
        var images = ImageSources.Open(data);
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
