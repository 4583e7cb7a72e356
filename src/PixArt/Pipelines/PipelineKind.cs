namespace PixArt.Pipelines;

/// <summary>Which of the published pipelines a model folder is for.</summary>
public enum PipelineKind
{
    /// <summary>PixArt-α: 120 text tokens.</summary>
    Alpha,

    /// <summary>PixArt-Σ: 300 text tokens.</summary>
    Sigma,
}
