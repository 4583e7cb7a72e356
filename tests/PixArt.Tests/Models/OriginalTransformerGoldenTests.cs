using System.Text.Json;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Models;

/// <summary>The original repositories' models: PixArt, PixArtMS, key/value compression, QK norm.</summary>
public sealed class OriginalTransformerGoldenTests
{
    const double Tolerance = 1e-5;

    [Theory]
    [GoldenEntries("original/pixart_")]
    public void Forward_OfAnOriginalModel_GivesItsSamples(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var model = new PixArtTransformer(Config(golden), new ParameterStore(golden.OriginalWeights(), device: TestDevice.Current));
        using var noGrad = GradMode.Disable();
        var compared = 0;
        foreach (var name in golden.CaseNames)
        {
            using var tensors = new CaseTensors(golden, name);
            if (!tensors.Has("in/x")) continue;
            using var scope = TensorScope.Begin();
            var captions = tensors["in/y"].Squeeze(1); // [B, 1, L, C]
            var sample = model.Forward(tensors["in/x"], tensors["in/timestep"], captions, tensors.Optional("in/mask"),
                tensors.Optional("in/img_hw"), tensors.Optional("in/aspect_ratio"));
            if (tensors.Has("out/sample")) tensors.Assert("out/sample", sample, Tolerance);
            if (tensors.Has("out/diffusers_sample")) tensors.Assert("out/diffusers_sample", sample, Tolerance);
            if (tensors.Has("out/forward_with_dpmsolver"))
                tensors.Assert("out/forward_with_dpmsolver", sample.Narrow(1, 0, model.Config.InChannels), Tolerance);
            compared++;
        }

        Assert.NotEqual(0, compared);
    }

    [Theory]
    [GoldenEntries("original/pixart_")]
    public void Forward_OfTheConvertedModel_GivesDiffusersSamples(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        Assert.SkipUnless(golden.Json.TryGetProperty("converted_config", out var config), "diffusers' converter does not know this variant");
        using var model = new PixArtTransformer(PixArtTransformerConfig.Read(ConfigJson.Parse(config.GetRawText(), entry)), golden.Store());
        using var noGrad = GradMode.Disable();
        foreach (var name in golden.CaseNames)
        {
            using var tensors = new CaseTensors(golden, name);
            if (!tensors.Has("out/diffusers_sample")) continue;
            using var scope = TensorScope.Begin();
            tensors.Assert("out/diffusers_sample", model.Forward(tensors["in/x"], tensors["in/timestep"], tensors["in/y"].Squeeze(1),
                tensors.Optional("in/mask"), tensors.Optional("in/img_hw"), tensors.Optional("in/aspect_ratio")), Tolerance, "converted");
        }
    }

    [Theory]
    [GoldenCases("original/pos_embed")]
    public void Positions_EqualTheOriginalAndDiffusers(string entry, string name)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var values = golden.Case(name);
        var grid = values.GetProperty("grid_hw").Integers();
        var table = Array.ConvertAll(
            PositionTables.Values(values.GetProperty("dim").GetInt32(), (int)grid[0], (int)grid[1], values.GetProperty("base_size").GetInt32(), values.GetProperty("scale").Number()),
            value => (double)value);
        Close.Assert(golden.Doubles($"{name}/original64"), table, 1e-6, $"{entry}\t{name}/original64");
        Close.Assert(golden.Doubles($"{name}/diffusers"), table, 1e-6, $"{entry}\t{name}/diffusers");
    }

    static PixArtTransformerConfig Config(Golden golden)
    {
        var given = golden.Json.GetProperty("hyperparameters");
        int Int(string field) => given.GetProperty(field).GetInt32();
        var patch = Int("patch_size");
        var compression = given.Optional("kv_compress_config");
        return new PixArtTransformerConfig
        {
            NumAttentionHeads = Int("num_heads"),
            AttentionHeadDim = Int("hidden_size") / Int("num_heads"),
            CrossAttentionDim = Int("hidden_size"),
            InChannels = Int("in_channels"),
            OutChannels = 2 * Int("in_channels"),
            NumLayers = Int("depth"),
            PatchSize = patch,
            SampleSize = Int("input_size"),
            CaptionChannels = Int("caption_channels"),
            InterpolationScale = (given.Optional("pe_interpolation") ?? given.Optional("lewei_scale"))?.Number() ?? 1,
            QkNorm = given.Optional("qk_norm") is { ValueKind: JsonValueKind.True },
            KvCompression = compression is not { } options ? null : new KeyValueCompression(
                options.GetProperty("sampling").GetString() switch
                {
                    "conv" => KeyValueSampling.Conv,
                    "ave" => KeyValueSampling.Average,
                    "uniform" => KeyValueSampling.Uniform,
                    _ => KeyValueSampling.UniformEvery,
                },
                options.GetProperty("scale_factor").GetInt32(),
                [.. options.GetProperty("kv_compress_layer").Integers().Select(layer => (int)layer)]),
        };
    }
}
