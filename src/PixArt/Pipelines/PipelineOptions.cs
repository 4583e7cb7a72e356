using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>How a pipeline is loaded.</summary>
public sealed record PipelineOptions
{
    /// <summary>Where it computes.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>The number format of transformer and text encoder; null: float32 on the CPU, on a GPU the format of the files.</summary>
    public ScalarType? DType { get; init; }

    /// <summary>The variant of weight files that is preferred, for example <c>fp16</c>.</summary>
    public string? Variant { get; init; }

    /// <summary>
    /// A model folder (or its transformer folder) whose transformer takes the timesteps below <see cref="Split"/>, the detail stage of
    /// a two-stage pair; the pipeline's own takes the others.
    /// </summary>
    public string? ExpertFolder { get; init; }

    /// <summary>The first timestep of the pipeline's own transformer where there is an <see cref="ExpertFolder"/>, above 0 and below T; null: 400.</summary>
    public int? Split { get; init; }

    /// <summary>Adapters that are merged into the transformer, or into one of several experts, when it is loaded.</summary>
    public IReadOnlyList<AdapterChoice> Adapters { get; init; } = [];

    /// <summary>
    /// Whether the text encoder stays in memory. Otherwise it is loaded for each request before the transformer, and freed
    /// when the prompts are encoded.
    /// </summary>
    public bool KeepTextEncoder { get; init; } = true;

    /// <summary>Decodes large pictures in tiles: less memory, nearly the same picture.</summary>
    public bool TiledDecoding { get; init; }
}
