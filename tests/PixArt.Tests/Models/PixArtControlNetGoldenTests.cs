using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Models;

/// <summary>The ControlNet-Transformer of PixArt-δ in both layouts that its weights come in.</summary>
public sealed class PixArtControlNetGoldenTests
{
    const double Tolerance = 1e-5;

    [Theory]
    [GoldenEntries("original/controlnet_")]
    public void Forward_OfTheOriginalWeights_GivesItsSamples(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var source = WeightsSource.OpenModel(golden.Set.PathOf(golden.Name + ".pth"));
        using var control = Control(golden, source);
        using var model = new PixArtTransformer(Config(golden), new ParameterStore(source));
        using var noGrad = GradMode.Disable();
        AssertSamples(golden, model, control, "original");
        source.EnsureAllUsed();
    }

    [Theory]
    [GoldenEntries("original/controlnet_")]
    public void Forward_OfDiffusersWeights_GivesTheSameSamples(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var control = Control(golden, golden.Weights("w_controlnet_diffusers/"));
        using var model = Base(golden);
        using var noGrad = GradMode.Disable();
        AssertSamples(golden, model, control, "diffusers");
        control.FuseProjections();
        model.FuseProjections();
        AssertSamples(golden, model, control, "fused");
        Assert.Equal(
            golden.TensorNames.Where(name => name.StartsWith("w_controlnet_diffusers/", StringComparison.Ordinal))
                .Select(name => name["w_controlnet_diffusers/".Length..]).Order(StringComparer.Ordinal),
            control.Parameters.Names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [GoldenEntries("original/controlnet_")]
    public void Encode_EmbedsTheConditionWithTheBasesPatches(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var tensors = new CaseTensors(golden, "base");
        using var model = Base(golden);
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        tensors.Assert("out/embedded_c", model.Embed("condition", tensors["in/c"]).Tokens, Tolerance);
    }

    static void AssertSamples(Golden golden, PixArtTransformer model, PixArtControlNet control, string how)
    {
        using var tensors = new CaseTensors(golden, "base");
        using var scope = TensorScope.Begin();
        var captions = tensors["in/y"].Squeeze(1);
        var (size, ratio) = (tensors.Optional("in/img_hw"), tensors.Optional("in/aspect_ratio"));
        Tensor Sample(ControlSignal? signal, bool once)
        {
            if (!once) return model.Forward(tensors["in/x"], tensors["in/timestep"], captions, tensors["in/mask"], size, ratio, control: signal);
            using var state = model.EncodeCaptions(captions, tensors["in/mask"], control);
            return model.Forward(tensors["in/x"], tensors["in/timestep"], state, size, ratio, control: signal);
        }

        using var signal = control.Encode(model, tensors["in/c"]);
        using var off = control.Encode(model, tensors["in/c"], 0);
        foreach (var once in (bool[])[false, true])
        {
            var way = once ? $"{how}, captions encoded once" : how;
            tensors.Assert("out/sample", Sample(signal, once), Tolerance, way);
            tensors.Assert("out/diffusers_research_sample", Sample(signal, once), Tolerance, way);
            tensors.Assert("out/sample_without_control", Sample(null, once), Tolerance, way);
            tensors.Assert("out/sample_without_control", Sample(off, once), Tolerance, way + ", strength 0");
        }
    }

    static PixArtTransformerConfig Config(Golden golden) =>
        PixArtTransformerConfig.Read(ConfigJson.Parse(golden.Json.GetProperty("diffusers_config").GetRawText(), golden.Name));

    static PixArtTransformer Base(Golden golden)
    {
        using var source = new WeightsSource(SafetensorsFile.Open(golden.Set.PathOf(golden.Name + ".safetensors")));
        return new(Config(golden), new ParameterStore(source.Renamed(KeyMaps.PixArtOriginal, "w_orig/base_model.")));
    }

    static PixArtControlNet Control(Golden golden, IParameterSource source)
    {
        var layers = golden.Json.GetProperty("hyperparameters").GetProperty("copy_blocks_num").GetInt32();
        return new(new() { NumLayers = layers }, Config(golden), new ParameterStore(source));
    }
}
