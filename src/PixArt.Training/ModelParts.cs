using PixArt.Pipelines;
using PixArt.Text;
using PixArt.Torch;

namespace PixArt.Training;

/// <summary>Trained components that shall become one model folder.</summary>
public sealed record ModelParts
{
    /// <summary>
    /// Transformer folders with <c>training.json</c>, which tells their timesteps and what they predict. One for all timesteps, or
    /// experts whose intervals cover them.
    /// </summary>
    public required IReadOnlyList<string> Transformers { get; init; }

    /// <summary>
    /// Adapter folders with <c>training.json</c>: each is the expert of its timesteps on the one transformer, which keeps the others.
    /// </summary>
    public IReadOnlyList<string> Adapters { get; init; } = [];

    /// <summary>The text encoder's folder.</summary>
    public required string TextEncoder { get; init; }

    /// <summary>The tokenizer's folder.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>The autoencoder's folder.</summary>
    public required string Autoencoder { get; init; }

    /// <summary>α's or Σ's pipeline class.</summary>
    public PipelineKind Kind { get; init; } = PipelineKind.Alpha;

    /// <summary>The number format of the weights; null: as they are.</summary>
    public ScalarType? DType { get; init; }

    /// <summary>The sampler's short name.</summary>
    public string Scheduler { get; init; } = "dpm++";

    /// <summary>Text tokens; null: the kind's own number.</summary>
    public int? MaxSequenceLength { get; init; }

    /// <summary>The steps the model recommends; null: none in particular.</summary>
    public int? Steps { get; init; }

    /// <summary>The guidance scale the model recommends; null: none in particular.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>What was done to the captions in training.</summary>
    public CaptionPreparation Captions { get; init; } = CaptionPreparation.Clean;
}
