using PixArt.Models;
using PixArt.Training.Adapters;
using PixArt.Training.Distillation;
using PixArt.Training.Features;
using PixArt.Training.Ranks;

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
    /// <summary>The adapter that is trained instead of the transformer's own weights, or null.</summary>
    public TrainedAdapter? Adapter { get; init; }

    /// <summary>Latents and captions of a class whose prior is preserved, or null.</summary>
    public ILatentData? Prior { get; init; }

    /// <summary>Whom a student learns from, where that is a model of its own.</summary>
    public PixArtTransformer? Teacher { get; init; }

    /// <summary>The model of a one-step student's own pictures, trained beside it; or null.</summary>
    public PixArtTransformer? Fake { get; init; }

    /// <summary>The noise that a teacher made the latents from, where they are a teacher's; or null.</summary>
    public ILatentData? Noise { get; init; }

    /// <summary>Compares a one-step student's pictures with the teacher's, or null.</summary>
    public PictureRegression? Regression { get; init; }

    /// <summary>Experts of other timesteps, for sample sheets.</summary>
    public IReadOnlyList<PeerExpert> Peers { get; init; } = [];

    /// <summary>The ControlNet under training, beside a transformer that stays as it is; or null.</summary>
    public PixArtControlNet? Control { get; init; }

    /// <summary>Latents of the conditions that it reads, or null.</summary>
    public ILatentData? Conditions { get; init; }

    /// <summary>This process's part of every batch.</summary>
    public BatchShare Share { get; init; } = BatchShare.Whole;

    public void Dispose()
    {
        Control?.Dispose();
        Conditions?.Dispose();
        Latents.Dispose();
        HeldOut?.Dispose();
        Prior?.Dispose();
        Adapter?.Dispose();
        Teacher?.Dispose();
        Fake?.Dispose();
        Noise?.Dispose();
        Regression?.Dispose();
        foreach (var peer in Peers) peer.Dispose();
        Text?.Dispose();
        Transformer.Dispose();
        TextEncoder?.Dispose();
        Autoencoder.Dispose();
        Tokenizer?.Dispose();
    }
}
