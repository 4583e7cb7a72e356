using PixArt.Adapters;
using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>A transformer of a pipeline and the timesteps that it owns.</summary>
/// <param name="Name">How messages call it.</param>
/// <param name="Interval">Its timesteps.</param>
/// <param name="Transformer">The model.</param>
sealed record PipelineExpert(string Name, TimestepInterval Interval, Component<PixArtTransformer> Transformer)
{
    /// <summary>Where its weights are; null where they are not in a folder.</summary>
    public ComponentFolder? Folder { get; init; }

    /// <summary>What its adapters do to it.</summary>
    public IReadOnlyList<AdapterReport> Adapters { get; init; } = [];

    /// <summary>Its own guidance scale; null: the request's.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>Its own guidance rescale; null: none.</summary>
    public double? GuidanceRescale { get; init; }
}
