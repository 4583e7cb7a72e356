using System.Runtime.CompilerServices;
using System.Threading.Channels;
using PixArt.Adapters;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>
/// From prompts to pictures with one model folder: text encoder, transformer (or a pair of experts), sampler, autoencoder. One
/// request runs at a time; others wait.
/// </summary>
/// <example><code>
/// using var pipeline = await PixArtPipeline.LoadAsync("models/fluent-scenes");
/// var pictures = await pipeline.GenerateAsync(new() { Prompts = ["a fox in a meadow"], Seed = 1 });
/// pictures[0].Save("fox.png");
/// </code></example>
public sealed class PixArtPipeline : IDisposable
{
    readonly PipelineModels _models;
    readonly SemaphoreSlim _one = new(1, 1);

    PixArtPipeline(PipelineModels models, IReadOnlyList<ModelLicense> licenses) => (_models, Licenses) = (models, licenses);

    /// <summary>The model folder; of a hub id, its snapshot in the cache.</summary>
    public string Folder => _models.Facts.Path;

    /// <summary>α or Σ.</summary>
    public PipelineKind Kind => _models.Facts.Kind;

    /// <summary>The side in pixels of the pictures that the model was trained for.</summary>
    public int NativeSide => _models.Facts.Transformer.SampleSize * _models.Facts.Autoencoder.DownsampleFactor;

    /// <summary>What each adapter does to each transformer, expert after expert.</summary>
    public IReadOnlyList<AdapterReport> Adapters => [.. _models.Experts.SelectMany(expert => expert.Adapters)];

    /// <summary>What the cards of the models state that came by hub ids; those that state nothing are left out.</summary>
    public IReadOnlyList<ModelLicense> Licenses { get; }

    /// <summary>Loads a model in the diffusers layout, from a folder or from the hub; what the cache has is not downloaded again.
    /// Configurations are checked before weights are touched; the parts load side by side.</summary>
    /// <param name="model">The folder with <c>model_index.json</c>, or a hub id: <c>owner/name</c> or <c>owner/name@revision</c>.</param>
    /// <param name="options">Device, number format, second expert, hub.</param>
    /// <param name="progress">Told of every piece that is downloaded and of each part that is loaded.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="PixArtException">A file is missing or damaged, does not fit the others, or cannot be had from the hub.</exception>
    public static async Task<PixArtPipeline> LoadAsync(
        string model, PipelineOptions? options = null, IProgress<PipelineProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        var source = new ModelSource(options ?? new PipelineOptions(), progress);
        var (facts, located) = await source.FindAsync(model, weights: true, cancellation).ConfigureAwait(false);
        var models = new PipelineModels(facts, located);
        try
        {
            await models.LoadAsync(progress, cancellation).ConfigureAwait(false);
            return new PixArtPipeline(models, source.Licenses);
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }

    /// <summary>Checks a request against this model without computing anything.</summary>
    /// <exception cref="InvalidSettingException">A value is out of range, or the model cannot do it.</exception>
    public void Check(GenerationRequest request) => Plan(request);

    /// <summary>Checks a model folder's configurations and a request against each other without reading weights.</summary>
    /// <param name="folder">The folder with <c>model_index.json</c>.</param>
    /// <param name="options">As for <see cref="LoadAsync"/>; null: the defaults.</param>
    /// <param name="request">What would be made.</param>
    /// <returns>What each adapter would do to each transformer, expert after expert.</returns>
    /// <exception cref="PixArtException">A value is out of range, a configuration is missing or damaged, or the model cannot do it.</exception>
    public static IReadOnlyList<AdapterReport> Check(string folder, PipelineOptions? options, GenerationRequest request) =>
        Check(PipelineFolder.Read(folder, own: options?.TransformerFolder), options ?? new PipelineOptions(), [request]);

    /// <summary>Checks a model's configurations and requests against each other without reading weights. Of a hub id only the
    /// configurations are downloaded (with adapters also the weights, as they are fitted to them).</summary>
    /// <param name="model">As for <see cref="LoadAsync"/>.</param>
    /// <param name="options">As for <see cref="LoadAsync"/>; null: the defaults.</param>
    /// <param name="requests">What would be made.</param>
    /// <param name="progress">Told of every piece that is downloaded.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What each adapter would do to each transformer, expert after expert.</returns>
    /// <exception cref="PixArtException">As for <see cref="Check(string, PipelineOptions?, GenerationRequest)"/>, or the model cannot be had from the hub.</exception>
    public static async Task<IReadOnlyList<AdapterReport>> CheckAsync(
        string model, PipelineOptions? options, IReadOnlyList<GenerationRequest> requests, IProgress<PipelineProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(requests);
        var source = new ModelSource(options ?? new PipelineOptions(), progress);
        var (facts, located) = await source.FindAsync(model, weights: false, cancellation).ConfigureAwait(false);
        return Check(facts, located, requests);
    }

    /// <summary>Makes all pictures of a request.</summary>
    /// <param name="request">What to make.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Ends the work between two steps.</param>
    /// <returns>The pictures, prompt after prompt.</returns>
    /// <exception cref="InvalidSettingException">A value is out of range, or the model cannot do it.</exception>
    public async Task<IReadOnlyList<GeneratedImage>> GenerateAsync(
        GenerationRequest request, IProgress<PipelineProgress>? progress = null, CancellationToken cancellation = default)
    {
        var pictures = new List<GeneratedImage>();
        await foreach (var picture in StreamAsync(request, progress, cancellation).ConfigureAwait(false)) pictures.Add(picture);
        return pictures;
    }

    /// <summary>Makes the pictures of a request and hands out each when it is finished.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public async IAsyncEnumerable<GeneratedImage> StreamAsync(
        GenerationRequest request, IProgress<PipelineProgress>? progress = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (plan, threads) = (Plan(request), LibTorch.NumThreads);
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var finished = Channel.CreateUnbounded<GeneratedImage>(new() { SingleReader = true, SingleWriter = true });
        var work = Task.Run(() => Run(plan, threads, finished.Writer, progress, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var picture in finished.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false)) yield return picture;
        }
        finally
        {
            // A reader that leaves early ends the work; its tensors are freed before the next request begins.
            await stop.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _one.Release();
        }
        await work.ConfigureAwait(false);
    }

    /// <summary>Samples only: the latents instead of pictures, for a second model to go on with (<see cref="GenerationRequest.DenoisingEnd"/>).</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    /// <returns>[pictures, C, h, w] in single precision, on the pipeline's device; the caller's to dispose.</returns>
    public async Task<Tensor> SampleAsync(
        GenerationRequest request, IProgress<PipelineProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (plan, threads) = (Plan(request), LibTorch.NumThreads);
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Start(plan, threads, progress, cancellation).Latents(), cancellation).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Frees the models.</summary>
    public void Dispose()
    {
        _models.Dispose();
        _one.Dispose();
    }

    GenerationPlan Plan(GenerationRequest request)
    {
        ControlLoading.Check(request, _models.Facts, _models.Options);
        return GenerationPlan.Create(request, _models.Facts);
    }

    static IReadOnlyList<AdapterReport> Check(PipelineFolder facts, PipelineOptions options, IReadOnlyList<GenerationRequest> requests)
    {
        var experts = PipelineExperts.Of(facts, options);
        PreviewLoading.Check(facts, options);
        DecoderLoading.Check(facts, options);
        foreach (var request in requests)
        {
            ControlLoading.Check(request, facts, options);
            GenerationPlan.Create(request, facts);
        }

        return [.. experts.SelectMany(expert => expert.Adapters)];
    }

    void Run(GenerationPlan plan, int threads, ChannelWriter<GeneratedImage> finished, IProgress<PipelineProgress>? progress, CancellationToken cancellation)
    {
        try
        {
            Start(plan, threads, progress, cancellation).Pictures(picture => finished.TryWrite(picture));
        }
        finally
        {
            finished.TryComplete();
        }
    }

    // On a thread of the pool, which may have kept another number of threads for each operator: a sum parted otherwise differs in its last bits.
    PipelineRun Start(GenerationPlan plan, int threads, IProgress<PipelineProgress>? progress, CancellationToken cancellation)
    {
        LibTorch.NumThreads = threads;
        return new(_models, plan, progress, cancellation);
    }
}
