using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Tests.Adapters;
using PixArt.Tests.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Pipelines;

/// <summary>Plans for the full-size models, from headers over weights that take no room on the disk.</summary>
public sealed class MemoryPlanTests : IDisposable
{
    const long Gigabyte = 1_000_000_000;

    static readonly GenerationRequest s_request = new() { Prompts = ["a fox"], Width = 1024, Height = 1024 };

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Model(int layers = 28, ScalarType transformer = ScalarType.Float32)
    {
        FullSizeFolder.Write(_folder.Path, layers, transformer);
        return _folder.Path;
    }

    [Fact]
    public void Eight_gigabytes_hold_the_large_model_with_everything_but_the_text_encoders_blocks()
    {
        var plan = MemoryPlan.For(Model(), null, [s_request], 8 * Gigabyte);
        Assert.InRange(plan.Peak, 3 * Gigabyte, 8 * Gigabyte);
        Assert.Equal((ModelResidency.Everything, null, false), (plan.Options.Residency, plan.Options.StreamTextEncoder, plan.Options.KeepStoredWeights));
        Assert.Contains("text encoder streamed block by block from its files, bfloat16 in memory, computed in float32", plan.Lines[1], StringComparison.Ordinal);
        Assert.StartsWith("memory: 8.0 GB allowed, ", plan.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Less_memory_means_one_model_at_a_time_then_tiles_then_weights_as_they_are_stored()
    {
        var model = Model(transformer: ScalarType.BFloat16);
        var most = MemoryPlan.For(model, null, [s_request], 100 * Gigabyte);
        var least = MemoryPlan.For(model, null, [s_request], null);
        Assert.Equal((ModelResidency.Everything, false, false), (most.Options.Residency, most.Options.TiledDecoding, most.Options.KeepStoredWeights));
        Assert.Equal((true, true), (least.Options.TiledDecoding, least.Options.KeepStoredWeights));
        Assert.True(least.Peak < 2.5 * Gigabyte, least.Lines[0]);
        MemoryPlan? before = null;
        for (var budget = 100 * Gigabyte; budget >= least.Peak; budget = budget * 9 / 10)
        {
            var plan = MemoryPlan.For(model, null, [s_request], budget);
            Assert.True(plan.Peak <= budget);
            Assert.True(before is null || plan.Peak <= before.Peak);
            before = plan;
        }
    }

    [Fact]
    public void Two_large_experts_take_turns_where_both_do_not_fit()
    {
        var model = Model(layers: 42, transformer: ScalarType.BFloat16);
        var pair = new PipelineOptions { ExpertFolder = model };
        Assert.Equal(ModelResidency.OneModel, MemoryPlan.For(model, pair, [s_request], 6 * Gigabyte).Options.Residency);
        Assert.Contains("2 experts, one at a time", MemoryPlan.For(model, pair, [s_request], 6 * Gigabyte).Lines[2], StringComparison.Ordinal);
        Assert.Contains("2 experts, float32", MemoryPlan.For(model, pair, [s_request], 30 * Gigabyte).Lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_fit_is_refused_with_the_least_that_would()
    {
        var model = Model();
        var error = Assert.Throws<InvalidSettingException>(() => MemoryPlan.For(model, null, [s_request], Gigabyte));
        var least = error.Message.Split("at least ")[1].Split(" GB")[0];
        Assert.Contains("for sampling", error.Message, StringComparison.Ordinal);
        var budget = (long)(double.Parse(least, System.Globalization.CultureInfo.InvariantCulture) * Gigabyte);
        Assert.True(MemoryPlan.For(model, null, [s_request], budget).Peak <= budget);
    }

    [Fact]
    public void A_control_net_its_edge_detector_and_a_decoder_are_counted()
    {
        var model = Model();
        FullSizeFolder.WriteControl(_folder["controlnet"], blocks: 13);
        var hed = _folder["ControlNetHED.pth"];
        using (var file = File.Create(hed)) file.SetLength(29_500_000);
        var picture = PixArt.Imaging.Image.Filled(64, 64, new(0, 0, 0));
        var options = new PipelineOptions { ControlModel = _folder["controlnet"], HedModel = hed };
        var plain = MemoryPlan.For(model, options, [s_request], 100 * Gigabyte);
        var controlled = s_request with { Control = new() { Image = picture } };
        var plan = MemoryPlan.For(model, options, [controlled], 100 * Gigabyte);
        Assert.Equal(["reading the prompt", "sampling", "decoding"], plain.Phases.Select(phase => phase.Name), StringComparer.Ordinal);
        Assert.Equal(["reading the prompt", "reading the picture", "sampling", "decoding"], plan.Phases.Select(phase => phase.Name), StringComparer.Ordinal);
        Assert.Contains("transformer and ControlNet, float32", plan.Lines[3], StringComparison.Ordinal);
        Assert.Contains("autoencoder and edge detector", plan.Lines[2], StringComparison.Ordinal);
        // 295 million parameters of the ControlNet in single precision, and its stream.
        Assert.InRange(plan.Phases[2].Bytes - plain.Phases[1].Bytes, 1.18e9, 1.6e9);
        Assert.Equal(plan.Phases.Select(phase => phase.Bytes), MemoryPlan.For(model, options, [s_request, controlled], 100 * Gigabyte).Phases.Select(phase => phase.Bytes));
        Assert.Equal(plain.Phases, MemoryPlan.For(model, options, [controlled with { Control = controlled.Control! with { Strength = 0 } }], 100 * Gigabyte).Phases);

        FullSizeFolder.WriteDecoder(_folder["decoder"]);
        var decoded = MemoryPlan.For(model, new() { Decoder = _folder["decoder"] }, [s_request], 100 * Gigabyte);
        Assert.Contains("consistency decoder, whole pictures", decoded.Lines[3], StringComparison.Ordinal);
        var small = MemoryPlan.For(model, new() { Decoder = _folder["decoder"] }, [s_request], 9 * Gigabyte);
        Assert.Contains("consistency decoder, in tiles of 512 pixels", small.Lines[3], StringComparison.Ordinal);
        Assert.True(small.Options.TiledDecoding);
    }

    [Fact]
    public void What_adapters_change_is_counted_in_the_type_that_is_computed_in()
    {
        var model = Model(transformer: ScalarType.BFloat16);
        var file = new AdapterBuilder().LowRank("transformer_blocks.0.ff.net.2", 1152, 4608).Write(_folder["lora.safetensors"]);
        var stored = new PipelineOptions { KeepStoredWeights = true };
        long Sampling(PipelineOptions options) => MemoryPlan.For(model, options, [s_request], 100 * Gigabyte).Phases[1].Bytes;
        const long changed = 1152 * 4608;
        Assert.Equal((changed * 2) + (changed * 12), Sampling(stored with { Adapters = [new(file)] }) - Sampling(stored));
        Assert.Equal(changed * 12, Sampling(new() { Adapters = [new(file)] }) - Sampling(new()));
    }

    [Fact]
    public void What_is_settled_stays()
    {
        var settled = new PipelineOptions { TiledDecoding = true, StreamTextEncoder = false, DType = ScalarType.BFloat16 };
        var plan = MemoryPlan.For(Model(), settled, [s_request], 40 * Gigabyte);
        Assert.Equal((true, false, ScalarType.BFloat16), (plan.Options.TiledDecoding, plan.Options.StreamTextEncoder, plan.Options.DType));
        Assert.InRange(plan.Phases[0].Bytes, 9 * Gigabyte, 14 * Gigabyte); // the whole text encoder in bfloat16
    }

    [Fact]
    public void More_pictures_at_once_take_more()
    {
        var model = Model();
        long Sampling(GenerationRequest request) => MemoryPlan.For(model, null, [request], null).Phases[1].Bytes;
        Assert.True(Sampling(s_request with { Count = 4, BatchSize = 4 }) > Sampling(s_request) + (300 << 20));
        Assert.Equal(Sampling(s_request), Sampling(s_request with { Count = 4 }));
        Assert.True(Sampling(s_request with { GuidanceScale = 1 }) < Sampling(s_request));
        Assert.Equal(Sampling(s_request), MemoryPlan.For(model, null, [s_request with { GuidanceScale = 1 }, s_request], null).Phases[1].Bytes);
    }
}
