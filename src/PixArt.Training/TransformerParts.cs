using PixArt.Models;
using PixArt.Training.Features;

namespace PixArt.Training;

/// <summary>What a transformer is trained with.</summary>
/// <param name="Transformer">The model under training.</param>
/// <param name="Autoencoder">Made the latents; decodes sample sheets.</param>
/// <param name="Latents">Latents and captions.</param>
/// <param name="TextEncoder">Reads the captions; may be trained too. Null where their features were computed before.</param>
/// <param name="Tokenizer">Turns captions into ids; null likewise.</param>
/// <param name="Text">Features of the captions that were computed before, or null.</param>
/// <param name="HeldOut">Latents and captions that are not trained on, or null.</param>
sealed record TransformerParts(
    PixArtTransformer Transformer, AutoencoderKL Autoencoder, ILatentData Latents, T5Encoder? TextEncoder, ICaptionTokenizer? Tokenizer,
    ITextFeatures? Text = null, ILatentData? HeldOut = null)
    : IDisposable
{
    public void Dispose()
    {
        Latents.Dispose();
        HeldOut?.Dispose();
        Text?.Dispose();
        Transformer.Dispose();
        TextEncoder?.Dispose();
        Autoencoder.Dispose();
        Tokenizer?.Dispose();
    }
}
