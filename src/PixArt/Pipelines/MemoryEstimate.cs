using PixArt.Models;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>How much memory the parts of a request take, from shapes and the headers of weight files. Constants are measured on the high side:
/// what is planned is not exceeded.</summary>
sealed class MemoryEstimate
{
    const long Megabyte = 1_000_000;

    // The runtime, libtorch and its threads, or what a GPU's driver keeps for itself.
    const long Process = 350 * Megabyte;
    const long DeviceOverhead = 700 * Megabyte;

    readonly PipelineFolder _facts;
    readonly GenerationPlan _plan;
    readonly bool _onDevice;
    readonly HeldWeights _text;
    readonly ExpertMemory[] _experts;
    readonly HeldWeights _autoencoder;
    readonly SideModels _side;

    public MemoryEstimate(PipelineFolder facts, PipelineOptions options, GenerationPlan plan)
    {
        (_facts, _plan, _onDevice) = (facts, plan, options.Device.IsCuda);
        _text = HeldWeights.Of(facts.Component("text_encoder"), options, options.DType);
        _experts = [.. PipelineExperts.Of(facts, options).Select(expert => ExpertMemory.Of(expert, options))];
        _side = SideModels.Of(facts, options, plan);
        _autoencoder = HeldWeights.Of(facts.Component("vae"), options, _onDevice ? options.DType : ScalarType.Float32);
    }

    /// <summary>The parts of the work, done in one way.</summary>
    public IReadOnlyList<MemoryPhase> Phases(PipelineOptions way)
    {
        var readsPicture = _plan.NeedsPicture || _side.Control is not null;
        var streamed = ComponentLoading.Streams(way, _facts.TextEncoder, _text.Compute);
        var text = streamed ? StreamedText : _text.IsQuantized ? _text.Stored : _text.Whole;
        var each = _experts.Select(expert => expert.Bytes(way.KeepStoredWeights)).ToArray();
        var experts = way.Residency switch
        {
            ModelResidency.OneModel => each.Max(),
            ModelResidency.OneModelAndNext => each.OrderDescending().Take(2).Sum(),
            _ => each.Sum(),
        };
        var overhead = _onDevice ? DeviceOverhead : Process;
        var control = _side.Control is { } network ? way.KeepStoredWeights || network.IsQuantized ? network.Stored : network.Whole : 0;
        var decoder = _side.Decoder?.Whole ?? 0;
        // Where everything stays, every part has the weights of all of them; of those that come when they are needed, those that came before.
        var all = text + experts + (_side.Decoder is null || readsPicture ? _autoencoder.Whole : 0) + decoder;
        var (forText, forPicture, forSampling, forDecoding) = way.Residency == ModelResidency.Everything
            ? (all, all + _side.Hed, all + _side.Hed + control, all + _side.Hed + control)
            : (text, Math.Max(_autoencoder.Whole, _side.Hed), experts + control, _side.Decoder is null ? _autoencoder.Whole : decoder);
        var reading = readsPicture
            ? [new MemoryPhase("reading the picture", overhead + forPicture + PictureWork(way.TiledDecoding), $"autoencoder{(_side.Hed > 0 ? " and edge detector" : "")}{(way.TiledDecoding ? ", in tiles" : "")}")]
            : (MemoryPhase[])[];
        return
        [
            new("reading the prompt", overhead + forText + TextWork, $"text encoder {(streamed ? "streamed block by block from its files" : "whole")}, {_text.Describe(streamed)}{Side(way)}"),
            .. reading,
            new("sampling", overhead + forSampling + SamplingWork(way), $"{Experts(way)}{(control > 0 ? " and ControlNet" : "")}, {_experts[0].Weights.Describe(way.KeepStoredWeights)}; attention in blocks{Side(way)}"),
            new("decoding", overhead + forDecoding + DecodingWork(way.TiledDecoding), $"{(_side.Decoder is null ? "autoencoder" : "consistency decoder")}, {(way.TiledDecoding ? $"in tiles of {TileSide} pixels" : "whole pictures")}{Side(way)}"),
        ];
    }

    static string Side(PipelineOptions way) => way.Residency == ModelResidency.Everything ? "" : ", the only model in memory";

    string Experts(PipelineOptions way) => _experts.Length == 1 ? "transformer"
        : way.Residency switch
        {
            ModelResidency.OneModel => $"{_experts.Length} experts, one at a time",
            ModelResidency.OneModelAndNext => $"{_experts.Length} experts, one and the next",
            _ => $"{_experts.Length} experts",
        };

    // A block as it is held and the piece of it that is expanded; a GPU expands a whole matrix, and has the table of tokens too.
    long StreamedText
    {
        get
        {
            var config = _facts.TextEncoder;
            var block = config.BlockParameterCount * Math.Min(_text.StoredBytesPerElement, _text.Compute.ByteSize());
            var table = (long)config.VocabSize * config.DModel * Math.Min(_text.StoredBytesPerElement, _text.Compute.ByteSize());
            var expanded = _onDevice ? (long)config.DModel * config.DFf * _text.Compute.ByteSize() : 64 * Megabyte;
            return block + expanded + (_onDevice || _text.IsPacked ? table : 64 * Megabyte);
        }
    }

    long TextWork
    {
        get
        {
            var config = _facts.TextEncoder;
            long texts = _plan.Request.Prompts.Count + (_plan.IsGuided ? 1 : 0), inner = (long)config.NumHeads * config.DKv;
            var tokens = Math.Min(1024L + _plan.MaxSequenceLength, texts * _plan.MaxSequenceLength);
            var bias = 3L * config.NumHeads * _plan.MaxSequenceLength * _plan.MaxSequenceLength * Math.Min(texts, 1 + (1024 / _plan.MaxSequenceLength));
            return 4 * ((tokens * ((6L * config.DModel) + (5 * inner) + (3L * config.DFf))) + bias);
        }
    }

    // The residual stream, what a block makes of it at most, and the captions of all blocks.
    long SamplingWork(PipelineOptions way)
    {
        var config = _facts.Transformer;
        long width = config.HiddenSize, layers = config.NumLayers, heads = config.NumAttentionHeads;
        var batch = (long)Math.Min(_plan.Request.BatchSize, _plan.Pictures.Count) * (_plan.IsGuided ? 2 : 1);
        var tokens = _plan.LatentShape[1] * _plan.LatentShape[2] / (config.PatchSize * config.PatchSize);
        var size = _experts[0].Weights.Compute.ByteSize();
        var stored = way.KeepStoredWeights || _experts[0].Weights.IsQuantized;
        // Keys and values; short captions are folded into the weights around them where there is room.
        var captions = (layers + _side.ControlBlocks) * 2 * batch * width * Math.Max(_plan.MaxSequenceLength, stored ? 0 : width / 2);
        var scores = _onDevice && !Functional.HasFusedAttention ? 3 * batch * heads * tokens * tokens : 8L * 1024 * 1024;
        var expanded = stored ? 4 * width * width : 0;
        // A ControlNet has a stream of its own, and the condition's tokens.
        var streams = _side.Control is null ? 10 : 14;
        return size * ((batch * tokens * width * streams) + captions + scores + expanded);
    }

    // The edge detector first, then the encoder's first level; both at full size.
    long PictureWork(bool tiled)
    {
        var (height, width) = _plan.SampledSize;
        long pixels = (long)height * width, atOnce = tiled ? Math.Min(pixels, (long)_facts.Autoencoder.SampleSize * _facts.Autoencoder.SampleSize) : pixels;
        var encoding = _autoencoder.Compute.ByteSize() * ((atOnce * 5 * _facts.Autoencoder.BlockOutChannels[0]) + (pixels * 3 * 6));
        return Math.Max(encoding, _side.Hed > 0 ? SideModels.HedWork(_plan.SampledSize) : 0);
    }

    int TileSide => _side.Decoder is not null ? ConsistencyDecoder.DefaultTileSide : Math.Min(_facts.Autoencoder.SampleSize, Math.Max(_plan.SampledSize.Height, _plan.SampledSize.Width));

    // The last level of the decoder, at full size with the channels of the level before.
    long DecodingWork(bool tiled)
    {
        var widths = _facts.Autoencoder.BlockOutChannels;
        long pixels = (long)_plan.SampledSize.Height * _plan.SampledSize.Width, atOnce = tiled ? Math.Min(pixels, (long)TileSide * TileSide) : pixels;
        var planes = _side.Decoder is null ? (2L * (widths.Count > 1 ? widths[1] : widths[0])) + (3 * widths[0]) : _side.DecoderPlanes;
        return (_side.Decoder ?? _autoencoder).Compute.ByteSize() * ((atOnce * planes) + (pixels * 3 * 6));
    }
}
