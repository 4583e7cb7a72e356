using PixArt.Models;
using PixArt.Training.Features;

namespace PixArt.Training;

/// <summary>What a transformer is trained with.</summary>
/// <param name="Transformer">The model under training.</param>
/// <param name="TextEncoder">Reads the captions; may be trained too.</param>
/// <param name="Autoencoder">Made the latents; decodes sample sheets.</param>
/// <param name="Tokenizer">Turns captions into ids.</param>
/// <param name="Latents">Latents and captions.</param>
sealed record TransformerParts(
    PixArtTransformer Transformer, T5Encoder TextEncoder, AutoencoderKL Autoencoder, ICaptionTokenizer Tokenizer, ILatentData Latents)
    : IDisposable
{
    public void Dispose()
    {
        Latents.Dispose();
        Transformer.Dispose();
        TextEncoder.Dispose();
        Autoencoder.Dispose();
        Tokenizer.Dispose();
    }
}
