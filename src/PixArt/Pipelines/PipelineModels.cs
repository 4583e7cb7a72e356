using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>The models of a pipeline, in memory or on the way there.</summary>
sealed class PipelineModels : IDisposable
{
    readonly Component<TinyDecoder> _tiny;
    readonly Component<ConsistencyDecoder>? _decoder;
    LatentColors? _colors;

    /// <summary>Names the parts; nothing is loaded yet.</summary>
    /// <exception cref="PixArtException">The device is not there, or an expert's folder or the split is not usable.</exception>
    public PipelineModels(PipelineFolder facts, PipelineOptions options)
    {
        (Facts, Options) = (facts, options);
        Control = new(facts, options);
        if (options.Device.IsCuda && LibTorch.CudaDeviceCount is var devices && options.Device.Index >= devices)
            throw new InvalidSettingException("device", options.Device.ToString(), devices == 0 ? "cpu: libtorch finds no CUDA device" : $"cpu, or cuda:0 to cuda:{devices - 1}");
        Experts = PipelineExperts.Of(facts, options);
        PreviewLoading.Check(facts, options);
        DecoderLoading.Check(facts, options);
        _tiny = new(() => PreviewLoading.Decoder(facts, options));
        if (options.Decoder is not null) _decoder = new(() => DecoderLoading.Decoder(facts, options));
        if (options.PromptCacheFolder is not null) PromptCache = new(facts, options);
        Text = new(() => ComponentLoading.Text(facts, options));
        Autoencoder = new(() => ComponentLoading.Autoencoder(facts.Component("vae"), options));
    }

    /// <summary>What the folder says.</summary>
    public PipelineFolder Facts { get; }

    /// <summary>How it is loaded.</summary>
    public PipelineOptions Options { get; }

    /// <summary>The transformers and their timesteps.</summary>
    public IReadOnlyList<PipelineExpert> Experts { get; }

    /// <summary>What follows control pictures.</summary>
    public ControlModels Control { get; }

    /// <summary>Tokenizer and text encoder.</summary>
    public Component<PromptEncoder> Text { get; }

    /// <summary>Results of the text encoder from earlier runs, where they are kept.</summary>
    public PromptCache? PromptCache { get; }

    /// <summary>The autoencoder.</summary>
    public Component<AutoencoderKL> Autoencoder { get; }

    /// <summary>Loads everything that stays, side by side.</summary>
    public async Task LoadAsync(IProgress<PipelineProgress>? progress, CancellationToken cancellation)
    {
        // Where models take turns, each comes when it is its turn: they need not fit side by side.
        if (Options.Residency != ModelResidency.Everything) return;
        // With results of earlier runs at hand the text encoder may not be needed at all.
        Task[] parts = [.. PromptCache is null ? [Text.Start()] : (Task[])[], .. Experts.Select(expert => expert.Transformer.Start()), _decoder?.Start() ?? (Task)Autoencoder.Start()];
        var loaded = 0;
        progress?.Report(new(PipelineStage.Loading, 0, parts.Length));
        await foreach (var part in Task.WhenEach(parts).WithCancellation(cancellation).ConfigureAwait(false))
        {
            await part.ConfigureAwait(false);
            progress?.Report(new(PipelineStage.Loading, ++loaded, parts.Length));
        }
    }

    /// <summary>An expert's transformer, in memory; where only one may be (or two, when the next is loaded meanwhile), the others go first.</summary>
    public PixArtTransformer Transformer(PipelineExpert expert, CancellationToken cancellation)
    {
        if (Options.Residency < ModelResidency.OneModel) return expert.Transformer.Get(cancellation);
        var next = Options.Residency == ModelResidency.OneModelAndNext ? NextOf(expert) : null;
        var others = Experts.Where(other => !ReferenceEquals(other, expert) && !ReferenceEquals(other, next) && other.Transformer.IsWanted).ToArray();
        foreach (var other in others) other.Transformer.Dispose();
        if (others.Length > 0) LibTorch.TrimMemory();
        var transformer = expert.Transformer.Get(cancellation);
        _ = next?.Transformer.Start();
        return transformer;
    }

    // Sampling goes from the noisiest timesteps to the cleanest.
    PipelineExpert? NextOf(PipelineExpert expert) =>
        Experts.Where(other => other.Interval.Low < expert.Interval.Low).MaxBy(other => other.Interval.Low);

    /// <summary>Frees the text encoder; the next request loads it again.</summary>
    public void FreeTextEncoder() => Free(Text);

    /// <summary>Frees the transformers; the next request loads them again.</summary>
    public void FreeTransformers() => Free([.. Experts.Select(expert => expert.Transformer)]);

    /// <summary>Frees the autoencoder; the next request loads it again.</summary>
    public void FreeAutoencoder() => Free(Autoencoder);

    /// <summary>Frees what makes pictures of latents; the next request loads it again.</summary>
    public void FreeDecoder() => Free(_decoder is null ? Autoencoder : _decoder);

    /// <summary>From the denoiser's latents [B, C, h, w] to pictures [B, 3, H, W], nominally in [-1, 1].</summary>
    /// <param name="latents">The latents.</param>
    /// <param name="seeds">The pictures' seeds, for a decoder that draws noise.</param>
    /// <param name="cancellation">Ends the wait for the decoder.</param>
    public Tensor Decode(Tensor latents, IReadOnlyList<ulong> seeds, CancellationToken cancellation)
    {
        using var scope = TensorScope.Begin();
        if (_decoder is null)
        {
            var autoencoder = Autoencoder.Get(cancellation);
            return scope.Keep(autoencoder.Decode(autoencoder.Unscale(latents)));
        }

        var decoder = _decoder.Get(cancellation);
        var unscaled = Facts.Autoencoder.Unscale(latents);
        return scope.Keep(Tensor.Cat([.. seeds.Select((seed, i) => Decoded(decoder, unscaled.Narrow(0, i, 1), seed))]));
    }

    // A stream of its own for each picture: a batch then gives the pictures of single runs, and none of the noise that was sampled from comes again.
    static Tensor Decoded(ConsistencyDecoder decoder, Tensor latents, ulong seed)
    {
        const ulong decoding = 0x9E37_79B9_7F4A_7C15;
        using var generator = new Generator(seed ^ decoding);
        return decoder.Decode(latents, shape => Tensor.Randn(shape, generator));
    }

    static void Free(params IReadOnlyList<IDisposable> parts)
    {
        foreach (var part in parts) part.Dispose();
        LibTorch.TrimMemory();
    }

    /// <summary>From latents [B, C, h, w] to pictures [B, 3, H, W] of any size, fast and coarse.</summary>
    public Func<Tensor, Tensor> Preview(CancellationToken cancellation) =>
        Options.PreviewDecoder is null ? Colors(cancellation).Colors : _tiny.Get(cancellation).Decode;

    // Fitted to the autoencoder when it is first wanted.
    LatentColors Colors(CancellationToken cancellation)
    {
        if (_colors is not null) return _colors;
        _colors = LatentColors.Of(Autoencoder.Get(cancellation), Options.Device);
        if (Options.Residency != ModelResidency.Everything) FreeAutoencoder();
        return _colors;
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        Control.Dispose();
        Text.Dispose();
        foreach (var expert in Experts) expert.Transformer.Dispose();
        Autoencoder.Dispose();
        _decoder?.Dispose();
        _colors?.Dispose();
        _tiny.Dispose();
    }
}
