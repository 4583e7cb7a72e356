using PixArt.Models;

namespace PixArt.Benchmarks.Training;

/// <summary>The model and batch of a training step, as both sides are told.</summary>
internal sealed record StepShape
{
    /// <summary>Hidden width.</summary>
    public int Width { get; init; } = 1152;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 16;

    /// <summary>Blocks.</summary>
    public int Layers { get; init; } = 28;

    /// <summary>Width of text features.</summary>
    public int Channels { get; init; } = 4096;

    /// <summary>Text tokens.</summary>
    public int Tokens { get; init; } = 120;

    /// <summary>Latent height and width.</summary>
    public int Side { get; init; } = 32;

    /// <summary>Samples.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>Steps that are timed, after one to warm up.</summary>
    public int Steps { get; init; } = 3;

    /// <summary>Threads.</summary>
    public int Threads { get; init; }

    /// <summary>The same in little, to try the measurement itself.</summary>
    public static StepShape Little { get; } = new() { Width = 96, Heads = 4, Layers = 2, Channels = 64, Tokens = 20, Side = 16 };

    /// <summary>The model's configuration.</summary>
    public PixArtTransformerConfig Config => new()
    {
        NumAttentionHeads = Heads,
        AttentionHeadDim = Width / Heads,
        CrossAttentionDim = Width,
        CaptionChannels = Channels,
        NumLayers = Layers,
        SampleSize = Side,
        UseAdditionalConditions = false,
    };
}
