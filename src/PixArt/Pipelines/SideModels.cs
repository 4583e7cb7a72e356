using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>What the models beside a pipeline's own take in memory: a ControlNet, its edge detector, a consistency decoder, and what adapters change.</summary>
sealed record SideModels
{
    // Planes of a picture's size that the HED network has at once: a layer's input, its result, that without negatives; 64 channels each.
    const int HedPlanes = 200;

    /// <summary>The ControlNet's weights; null: there is none.</summary>
    public HeldWeights? Control { get; private init; }

    /// <summary>Its blocks.</summary>
    public int ControlBlocks { get; private init; }

    /// <summary>Bytes of the edge detector's weights; 0: it is not needed.</summary>
    public long Hed { get; private init; }

    /// <summary>The consistency decoder's weights; null: there is none.</summary>
    public HeldWeights? Decoder { get; private init; }

    /// <summary>Its shape.</summary>
    public ConsistencyDecoderConfig? DecoderConfig { get; private init; }

    /// <summary>What the detector works with at most, bytes.</summary>
    public static long HedWork((int Height, int Width) size) => 4L * HedPlanes * size.Height * size.Width;

    /// <summary>Opens files for their headers.</summary>
    public static SideModels Of(PipelineFolder facts, PipelineOptions options, GenerationPlan plan)
    {
        var side = new SideModels();
        if (plan.Request.Control is { Strength: > 0 } control && options.ControlModel is not null)
        {
            using var files = ControlLoading.Open(facts, options);
            side = side with
            {
                Control = HeldWeights.Of(files.Source, options, ControlLoading.TypeOf(facts, options), name => name.StartsWith(ControlFiles.Blocks, StringComparison.Ordinal)),
                ControlBlocks = files.Config.NumLayers,
                Hed = control.Kind == ControlKind.Hed ? new FileInfo(ControlLoading.HedPath(facts, options)).Length * 2 : 0, // of half precision, single
            };
        }

        return options.Decoder is null ? side : side with
        {
            Decoder = HeldWeights.Of(DecoderLoading.Folder(facts, options), options, options.Device.IsCuda ? options.DType : ScalarType.Float32),
            DecoderConfig = DecoderLoading.Config(facts, options),
        };
    }

    /// <summary>Planes of a picture's size that the decoder has at once, at its last level: what is joined, before and after its norm, with what came
    /// down and is not used up.</summary>
    public long DecoderPlanes => DecoderConfig is not { BlockOutChannels: [var first, ..] widths } config ? 0
        : ((config.LayersPerBlock + 1L) * first) + (widths.Count > 1 ? widths[1] : first) + (2L * (first + (widths.Count > 1 ? widths[1] : first))) + (2 * first);
}
