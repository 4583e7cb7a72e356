using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>The experts of a pipeline with one conditioning bound to each, guidance around each, and routing around all.</summary>
sealed class ConditionedDenoiser : IDenoiser, IDisposable
{
    readonly List<BoundTransformer> _bound = [];
    readonly Func<PipelineExpert, CancellationToken, PixArtTransformer> _load;
    readonly IDenoiser _inner;

    /// <summary>Binds; nothing is loaded or computed yet.</summary>
    /// <param name="experts">From the cleanest timesteps to the noisiest.</param>
    /// <param name="conditioning">What is bound.</param>
    /// <param name="trainTimesteps">All timesteps.</param>
    /// <param name="load">Gives an expert's model when it is needed; null: as the expert does.</param>
    public ConditionedDenoiser(
        IReadOnlyList<PipelineExpert> experts, Conditioning conditioning, int trainTimesteps, Func<PipelineExpert, CancellationToken, PixArtTransformer>? load = null)
    {
        (_load, Conditioning) = (load ?? ((expert, cancellation) => expert.Transformer.Get(cancellation)), conditioning);
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
        var perturbed = Conditioning.PerturbedAttention is { Scale: > 0 } options
            ? new PerturbedAttention(Bind(expert, Conditioning.Prompts, options.Layers), options) : null;
        if (Conditioning.Negatives is not { } negatives)
            return perturbed is null ? positive : new ClassifierFreeGuidance(positive, positive, new() { Scale = 1 }, perturbed);
        IDenoiser pair = Bind(expert, [.. negatives, .. Conditioning.Prompts]);
        return new ClassifierFreeGuidance(Conditioning.NegativeLatents?.Around(pair) ?? pair, positive, new GuidanceOptions
        {
            Scale = expert.GuidanceScale ?? Conditioning.GuidanceScale,
            Rescale = expert.GuidanceRescale ?? Conditioning.GuidanceRescale,
            Interval = Conditioning.GuidanceInterval,
        }, perturbed);
    }

    BoundTransformer Bind(PipelineExpert expert, IReadOnlyList<TextFeatures> captions, IReadOnlyList<string>? perturbed = null)
    {
        var bound = new BoundTransformer(
            cancellation => _load(expert, cancellation), captions, Conditioning.Height, Conditioning.Width, perturbed, Conditioning.Control);
        _bound.Add(bound);
        return bound;
    }
}
