namespace PixArt.Diffusion;

/// <summary>How a run is watched and which part of the schedule it takes.</summary>
public sealed record SamplingOptions
{
    /// <summary>The steps; null: all.</summary>
    public StepRange? Range { get; init; }

    /// <summary>Is told after each step.</summary>
    public IProgress<SamplingProgress>? Progress { get; init; }

    /// <summary>Is shown each step's result and may replace the latents.</summary>
    public SamplingCallback? OnStep { get; init; }

    /// <summary>A run to go on with; null: a new one, whose history is empty. It stays the caller's to dispose.</summary>
    public SamplerState? State { get; init; }

    /// <summary>
    /// Whether the result is the last step's predicted clean latents instead of its next latents, as one-step models
    /// want; null: as the sampler says.
    /// </summary>
    public bool? ReturnsPrediction { get; init; }
}
