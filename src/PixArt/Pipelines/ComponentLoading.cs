using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Builds the models of a folder from their files.</summary>
static class ComponentLoading
{
    // What files hold beside the model: tables that are computed here, and the halves of T5 that no caption needs.
    static readonly string[] s_transformerExtras = ["pos_embed.pos_embed", "y_embedder.*", "caption_projection.y_embedding"];
    static readonly string[] s_textExtras = ["decoder.*", "lm_head.*", "shared.weight", "encoder.embed_tokens.weight"];

    // Above it a text encoder is streamed unless it is asked for whole.
    const long LargestWholeTextEncoder = 1L << 30;

    public static PixArtTransformer Transformer(ComponentFolder folder, PipelineOptions options, IReadOnlyList<AdapterChoice> adapters, string? delta = null) =>
        Build(folder, options, options.DType, s_transformerExtras,
            store => new PixArtTransformer(folder.Config().As(PixArtTransformerConfig.Read), store), adapters, delta);

    public static AutoencoderKL Autoencoder(ComponentFolder folder, PipelineOptions options)
    {
        var config = folder.Config().As(AutoencoderKLConfig.Read);
        // Half precision overflows in autoencoders that say so, and on the CPU it is only slower.
        var wide = !options.Device.IsCuda || (options.DType == ScalarType.Float16 && config.ForceUpcast);
        var autoencoder = Build(folder, options, wide ? ScalarType.Float32 : options.DType, [], store => new AutoencoderKL(config, store));
        (autoencoder.Slicing, autoencoder.Tiling) = (true, options.TiledDecoding);
        return autoencoder;
    }

    public static PromptEncoder Text(PipelineFolder folder, PipelineOptions options)
    {
        var encoder = folder.Component("text_encoder");
        var tokenizer = SentencePieceTokenizer.Load(folder.Component("tokenizer").Path);
        WeightsSource? source = null;
        try
        {
            var config = T5EncoderConfig.Of(encoder, options.Variant);
            source = encoder.OpenWeights(options.Variant);
            var dtype = options.DType ?? DefaultType(source, options.Device);
            var streamed = Streams(options, config, dtype);
            var store = new ParameterStore(new ReleasingSource(source), dtype, options.Device, keepStored: streamed || source.IsQuantized);
            var model = Build(source, store, s_textExtras, parameters => new T5Encoder(config, parameters, streamed));
            return new PromptEncoder(tokenizer, model, source);
        }
        catch
        {
            tokenizer.Dispose();
            source?.Dispose();
            throw;
        }
    }

    /// <summary>Whether a text encoder is streamed.</summary>
    public static bool Streams(PipelineOptions options, T5EncoderConfig config, ScalarType dtype) =>
        options.StreamTextEncoder ?? config.ParameterCount * dtype.ByteSize() > LargestWholeTextEncoder;

    static TModel Build<TModel>(
        ComponentFolder folder, PipelineOptions options, ScalarType? dtype, string[] extras, Func<ParameterStore, TModel> build,
        IReadOnlyList<AdapterChoice>? adapters = null, string? delta = null)
        where TModel : Module
    {
        using var source = folder.OpenWeights(options.Variant);
        using var adapted = AdapterLoading.Open(adapters ?? [], source);
        var own = new ReleasingSource(source);
        using var changed = delta is null ? null : ExpertDelta.Open(delta, own, options.Variant);
        var weights = changed ?? (IParameterSource)own;
        var store = new ParameterStore(
            adapted?.Into(weights) ?? weights, dtype ?? DefaultType(source, options.Device), options.Device,
            keepStored: options.KeepStoredWeights || source.IsQuantized);
        return Build(source, store, extras, build);
    }

    static TModel Build<TModel>(WeightsSource source, ParameterStore store, string[] extras, Func<ParameterStore, TModel> build)
        where TModel : Module
    {
        try
        {
            var model = build(store);
            source.EnsureAllUsed(extras);
            return model;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    // A GPU computes in the files' own format, packed weights in bfloat16; the CPU is faster and exact in single precision.
    internal static ScalarType DefaultType(WeightsSource source, Device device) => device.IsCuda ? FloatingType(source) : ScalarType.Float32;

    /// <summary>The number format of weights; of quantised ones, of what is not quantised; of packed ones, bfloat16.</summary>
    internal static ScalarType FloatingType(WeightsSource source)
    {
        StoredTensor[] tensors = [.. source.Names.Where(name => !name.EndsWith(Quantization.ScaleSuffix, StringComparison.Ordinal)).Select(name => source.Find(name)!)];
        if (tensors.Any(tensor => tensor.StoredBytes < tensor.ByteCount)) return ScalarType.BFloat16;
        return tensors.Select(tensor => tensor.Type.ToScalarType()).FirstOrDefault(type => type?.IsFloatingPoint() == true) ?? ScalarType.Float32;
    }
}
