using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>The experts of a pipeline with one conditioning bound to each, guidance around each, and routing around all.</summary>
sealed class ConditionedDenoiser : IDenoiser, IDisposable
{
    readonly List<BoundTransformer> _bound = [];
    readonly IDenoiser _inner;

    /// <summary>Binds; nothing is loaded or computed yet.</summary>
    public ConditionedDenoiser(IReadOnlyList<PipelineExpert> experts, Conditioning conditioning, int trainTimesteps)
    {
        Conditioning = conditioning;
        _inner = experts.Count == 1
            ? Guided(experts[0])
            : new ExpertEnsemble(experts.Select(expert => new Expert(expert.Name, expert.Interval, Guided(expert))), trainTimesteps);
    }

    /// <summary>What is bound.</summary>
    public Conditioning Conditioning { get; }

    /// <inheritdoc/>
    public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default) =>
        _inner.Predict(latents, timestep, cancellation);

    /// <summary>Frees what was prepared for the conditioning.</summary>
    public void Dispose()
    {
        foreach (var bound in _bound) bound.Dispose();
    }

    IDenoiser Guided(PipelineExpert expert)
    {
        var positive = Bind(expert, Conditioning.Prompts);
        if (Conditioning.Negatives is not { } negatives) return positive;
        return new ClassifierFreeGuidance(Bind(expert, [.. negatives, .. Conditioning.Prompts]), positive, new GuidanceOptions
        {
            Scale = expert.GuidanceScale ?? Conditioning.GuidanceScale,
            Rescale = expert.GuidanceRescale ?? 0,
        });
    }

    BoundTransformer Bind(PipelineExpert expert, IReadOnlyList<TextFeatures> captions)
    {
        var bound = new BoundTransformer(expert.Transformer.Get, captions, Conditioning.Height, Conditioning.Width);
        _bound.Add(bound);
        return bound;
    }
}
