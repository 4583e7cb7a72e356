using System.Globalization;

namespace PixArt.Pipelines;

/// <summary>
/// How requests are carried out in a given amount of memory: which models are in memory side by side, in what form, and whether pictures
/// are decoded in tiles. Of the ways that fit, the fastest; configurations and headers of weight files are read for it, no weights.
/// </summary>
public sealed record MemoryPlan
{
    MemoryPlan(long? budget, PipelineOptions options, IReadOnlyList<MemoryPhase> phases) => (Budget, Options, Phases) = (budget, options, phases);

    /// <summary>Bytes that were allowed; null: the least was asked for.</summary>
    public long? Budget { get; }

    /// <summary>What to load the pipeline with.</summary>
    public PipelineOptions Options { get; }

    /// <summary>The parts of the work in their order.</summary>
    public IReadOnlyList<MemoryPhase> Phases { get; }

    /// <summary>The most memory of any part, bytes.</summary>
    public long Peak => Phases.Max(phase => phase.Bytes);

    /// <summary>The plan in plain lines.</summary>
    public IReadOnlyList<string> Lines =>
    [
        Budget is { } allowed ? $"memory: {Text(allowed)} allowed, {Text(Peak)} planned" : $"memory: {Text(Peak)} planned, the least for this",
        .. Phases.Select(phase => $"  {phase.Name,-18}  {Text(phase.Bytes),8}  {phase.How}"),
    ];

    /// <summary>Plans requests that are carried out one after the other, all in the same way.</summary>
    /// <param name="folder">The folder with <c>model_index.json</c>.</param>
    /// <param name="options">What is settled already: device, number format, experts; tiles and streaming where they are asked for.</param>
    /// <param name="requests">What will be made; at least one.</param>
    /// <param name="budget">Bytes that may be used: of the process, or of the GPU where it computes there. Null: as few as possible.</param>
    /// <exception cref="InvalidSettingException">No way fits; the message tells the least memory that would do. Or a value is out of range.</exception>
    /// <exception cref="PixArtException">A file is missing or damaged.</exception>
    public static MemoryPlan For(string folder, PipelineOptions? options, IReadOnlyList<GenerationRequest> requests, long? budget)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentOutOfRangeException.ThrowIfZero(requests.Count);
        return Of(PipelineFolder.Read(folder, own: options?.TransformerFolder), options ?? new PipelineOptions(), requests, budget);
    }

    /// <summary>Plans requests with a model that may be on the hub; it is downloaded for the headers of its weights.</summary>
    /// <param name="model">The folder, or a hub id.</param>
    /// <param name="options">As for <see cref="For"/>.</param>
    /// <param name="requests">As for <see cref="For"/>.</param>
    /// <param name="budget">As for <see cref="For"/>.</param>
    /// <param name="progress">Told of every piece that is downloaded.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="PixArtException">As for <see cref="For"/>, or the model cannot be had from the hub.</exception>
    public static async Task<MemoryPlan> ForAsync(
        string model, PipelineOptions? options, IReadOnlyList<GenerationRequest> requests, long? budget,
        IProgress<PipelineProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentOutOfRangeException.ThrowIfZero(requests.Count);
        var source = new ModelSource(options ?? new PipelineOptions(), progress);
        var (facts, located) = await source.FindAsync(model, weights: true, cancellation).ConfigureAwait(false);
        return Of(facts, located, requests, budget);
    }

    static MemoryPlan Of(PipelineFolder facts, PipelineOptions given, IReadOnlyList<GenerationRequest> requests, long? budget)
    {
        MemoryEstimate[] estimates = [.. requests.Select(request => new MemoryEstimate(facts, given, GenerationPlan.Create(request, facts)))];
        MemoryPlan? least = null;
        foreach (var way in Ways(given))
        {
            var plan = new MemoryPlan(budget, way, Largest([.. estimates.Select(estimate => estimate.Phases(way))]));
            if (budget is { } most && plan.Peak <= most) return plan;
            if (least is null || plan.Peak < least.Peak) least = plan;
        }
        if (budget is null) return least!;
        var smaller = requests.Any(request => request.BatchSize > 1) ? " (less with fewer pictures at once)" : "";
        throw new InvalidSettingException("memory", Text(budget.Value), $"at least {Text(least!.Peak + Rounding)} for this{smaller}; it takes {Needs(least)}");
    }

    // The next of many experts is loaded while one works; of two, that would be both.
    static readonly ModelResidency[] s_residencies = [ModelResidency.Everything, ModelResidency.OnePhase, ModelResidency.OneModelAndNext, ModelResidency.OneModel];

    // From the fastest to the smallest. Tiles cost less time than expanding weights at every step; models that take turns cost nothing but loading.
    static IEnumerable<PipelineOptions> Ways(PipelineOptions given) =>
        from stored in given.KeepStoredWeights ? [true] : (bool[])[false, true]
        from tiled in given.TiledDecoding ? [true] : (bool[])[false, true]
        from residency in s_residencies.SkipWhile(residency => residency != given.Residency)
        from streamed in given.StreamTextEncoder is { } settled ? [settled] : (bool?[])[null, true]
        select given with { KeepStoredWeights = stored, TiledDecoding = tiled, Residency = residency, StreamTextEncoder = streamed };

    // Not every request has every phase: the longest list has their order.
    static IReadOnlyList<MemoryPhase> Largest(IReadOnlyList<MemoryPhase>[] all) =>
    [
        .. all.MaxBy(phases => phases.Count)!
            .Select(named => all.SelectMany(phases => phases).Where(phase => phase.Name == named.Name).MaxBy(phase => phase.Bytes)!),
    ];

    static string Needs(MemoryPlan plan) => string.Join(", ", plan.Phases.Select(phase => $"{Text(phase.Bytes)} for {phase.Name}"));

    // What is told as the least must do when it is typed back.
    const long Rounding = 50_000_000;

    static string Text(long bytes) => (bytes / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + " GB";
}
