namespace PixArt.Hub;

/// <summary>Which of a model's files are wanted. Without anything said: those that a pipeline reads.</summary>
public sealed record HubRequest
{
    /// <summary>The variant of weight files that is preferred, for example <c>fp16</c>; components without it give their plain files.</summary>
    public string? Variant { get; init; }

    /// <summary>One component alone, for example <c>transformer</c> (with the scheduler's settings, which tell how it was trained); a
    /// repository that is a bare component gives itself.</summary>
    public string? Component { get; init; }

    /// <summary>An adapter's weights and configuration, in place of a pipeline's.</summary>
    public bool Adapter { get; init; }

    /// <summary>Configurations, tokenizer and scheduler without weights: enough to check a request.</summary>
    public bool ConfigurationOnly { get; init; }

    /// <summary>Names of files, or patterns with <c>*</c> and <c>?</c> (<c>*</c> also stands for <c>/</c>), instead of what a pipeline
    /// reads; <c>*</c> is everything.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Names of files that come along where the repository has them.</summary>
    internal IReadOnlyList<string> Optional { get; init; } = [];
}
