namespace PixArt.Pipelines;

/// <summary>Which models of a pipeline are in memory side by side.</summary>
public enum ModelResidency
{
    /// <summary>All of them, from the first request to the end: the fastest for many requests.</summary>
    Everything,

    /// <summary>Those of one phase: the text encoder, then the transformers, then the autoencoder. Pictures of a request are decoded when all
    /// of them have been sampled.</summary>
    OnePhase,

    /// <summary>As <see cref="OnePhase"/>, and of several experts only the one at work.</summary>
    OneModel,

    /// <summary>As <see cref="OneModel"/>, and the expert that comes next is loaded while one works.</summary>
    OneModelAndNext,
}
