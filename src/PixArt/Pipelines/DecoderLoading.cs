using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Loads the consistency decoder that makes pictures in place of the autoencoder's own decoder.</summary>
static class DecoderLoading
{
    /// <summary>Checks, before any work, that the folder holds a decoder of the model's latents.</summary>
    /// <exception cref="PixArtException">It is missing or damaged, or does not fit.</exception>
    public static void Check(PipelineFolder facts, PipelineOptions options)
    {
        if (options.Decoder is not null) Config(facts, options);
    }

    /// <summary>The shape of the decoder, which fits the model's latents.</summary>
    public static ConsistencyDecoderConfig Config(PipelineFolder facts, PipelineOptions options)
    {
        var folder = Folder(facts, options);
        var config = folder.Config().As(ConsistencyDecoderConfig.Read);
        config.RequireLatentsOf(facts.Autoencoder);
        var factor = facts.Autoencoder.DownsampleFactor;
        if (config.DownsampleFactor != factor)
            throw new InvalidSettingException($"{folder.Path}: downsampling of the decoder", config.DownsampleFactor, $"{factor}, as the vae has");
        return config;
    }

    /// <summary>The decoder: on a GPU in the format that is asked for or that its file has, else in single precision.</summary>
    public static ConsistencyDecoder Decoder(PipelineFolder facts, PipelineOptions options)
    {
        using var source = Folder(facts, options).OpenWeights(options.Variant);
        var dtype = options.Device.IsCuda ? options.DType ?? ComponentLoading.DefaultType(source, options.Device) : ScalarType.Float32;
        var store = new ParameterStore(new ReleasingSource(source), dtype, options.Device);
        try
        {
            var decoder = new ConsistencyDecoder(Config(facts, options), store) { Tiling = options.TiledDecoding };
            source.EnsureAllUsed([]);
            return decoder;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    public static ComponentFolder Folder(PipelineFolder facts, PipelineOptions options) => new(facts.PlaceOf(new("vae", options.Decoder!)));
}
