using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Loads the tiny autoencoder (TAESD) that previews are decoded with.</summary>
static class PreviewLoading
{
    /// <summary>Checks, before any work, that the folder holds a decoder of the model's latents.</summary>
    /// <exception cref="PixArtException">It is missing or damaged, or does not fit.</exception>
    public static void Check(PipelineFolder facts, PipelineOptions options)
    {
        if (options.PreviewDecoder is not { } path) return;
        var config = Folder(facts, options).Config().As(AutoencoderTinyConfig.Read);
        var channels = facts.Autoencoder.LatentChannels;
        if (config.LatentChannels != channels)
            throw new InvalidSettingException($"{path}: latent_channels", config.LatentChannels, $"{channels}, as the vae has");
    }

    /// <summary>The decoder; in single precision, as it is small.</summary>
    public static TinyDecoder Decoder(PipelineFolder facts, PipelineOptions options)
    {
        var folder = Folder(facts, options);
        using var source = folder.OpenWeights(options.Variant);
        var config = folder.Config().As(AutoencoderTinyConfig.Read);
        var store = new ParameterStore(source, ScalarType.Float32, options.Device);
        try
        {
            var decoder = new TinyDecoder(config, store);
            source.EnsureAllUsed(["encoder.*"]);
            return decoder;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    static ComponentFolder Folder(PipelineFolder facts, PipelineOptions options) => new(facts.PlaceOf(new("vae", options.PreviewDecoder!)));
}
