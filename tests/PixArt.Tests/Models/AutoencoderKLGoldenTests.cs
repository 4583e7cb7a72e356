using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Models;

public sealed class AutoencoderKLGoldenTests
{
    const double ModuleTolerance = 1e-5;
    const double GradientTolerance = 1e-4;

    [Theory]
    [GoldenCases("vae/sd", "vae/noquant")]
    public void EncodeAndDecode_OfAPublishedCase_GiveThePublishedTensors(string entry, string name)
    {
        using var leak = new LeakCheck();
        using var golden = Open(entry);
        using var tensors = new CaseTensors(golden, name);
        using var model = Load(golden);
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        if (tensors.Has("out/decoded_without_tiling"))
        {
            tensors.Assert("out/decoded_without_tiling", model.Decode(tensors["in/latent"]), ModuleTolerance);
            var tiling = golden.Json.GetProperty("tiling");
            model.Tiling = true;
            model.TileSampleSize = tiling.GetProperty("tile_sample_min_size").GetInt32();
            model.TileLatentSize = tiling.GetProperty("tile_latent_min_size").GetInt32();
            model.TileOverlap = tiling.GetProperty("tile_overlap_factor").Number();
        }

        foreach (var slicing in (bool[])[false, true])
        {
            model.Slicing = slicing;
            var how = slicing ? "sliced" : "";
            tensors.Assert("out/decoded", model.Decode(tensors["in/latent"]), ModuleTolerance, how);
            tensors.Assert("out/moments", model.EncodeMoments(tensors["in/image"]), ModuleTolerance, how);
        }

        if (!tensors.Has("out/mean")) return;
        using var latents = model.Encode(tensors["in/image"]);
        tensors.Assert("out/mean", latents.Mean, ModuleTolerance);
        tensors.Assert("out/logvar", latents.LogVariance, ModuleTolerance);
        tensors.Assert("out/std", latents.StandardDeviation(), ModuleTolerance);
        tensors.Assert("out/sample", latents.Mean + latents.StandardDeviation() * tensors["in/noise"], ModuleTolerance);
        tensors.Assert("out/kl", latents.Kl(), ModuleTolerance);
        tensors.Assert("out/nll_of_sample", latents.NegativeLogLikelihood(tensors["out/sample"]), ModuleTolerance);
        tensors.Assert("out/roundtrip_mode", model.Decode(latents.Mode()), ModuleTolerance);
    }

    [Theory]
    [GoldenCases("vae/sd", "vae/noquant")]
    public void Backward_OfAPublishedCase_GivesThePublishedGradients(string entry, string name)
    {
        using var leak = new LeakCheck();
        using var golden = Open(entry);
        using var tensors = new CaseTensors(golden, name);
        Assert.SkipUnless(tensors.Under("grad/").Any(), "a case without gradients");
        using var model = Load(golden);
        model.Parameters.RequireGrad(true);
        string[] inputs = [.. tensors.Under("grad/in/")];
        foreach (var input in inputs) tensors[$"in/{input}"].RequiresGrad = true;
        using (TensorScope.Begin())
        {
            (model.Decode(tensors["in/latent"]) * tensors["in/loss_weight"]).Mean().Backward();
            (model.EncodeMoments(tensors["in/image"]) * tensors["in/loss_weight_moments"]).Mean().Backward();
        }

        tensors.AssertGradients(Gradients.Of(model.Parameters, [.. inputs.Select(input => (input, tensors[$"in/{input}"]))]), GradientTolerance, "plain");
    }

    [Theory]
    [GoldenEntries("vae/sd", "vae/noquant")]
    public void Parameters_CarryDiffusersNamesAndNoOthers(string entry)
    {
        using var golden = Open(entry);
        using var model = Load(golden);
        Assert.Equal(
            golden.TensorNames.Where(key => key.StartsWith("w/", StringComparison.Ordinal)).Select(key => key[2..]).Order(StringComparer.Ordinal),
            model.Parameters.Names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [GoldenEntries("vae/sd", "vae/noquant")]
    public void Config_ReadsWhatItWrites(string entry)
    {
        using var golden = Open(entry);
        var config = Config(golden);
        Assert.Equal(config.ToJson(), AutoencoderKLConfig.Read(ConfigJson.Parse(config.ToJson(), "config.json")).ToJson());
    }

    static Golden Open(string entry)
    {
        var golden = GoldenSet.Open().Load(entry);
        if (golden.Json.GetProperty("reference").GetString()!.Contains("AutoencoderKL", StringComparison.Ordinal)) return golden;
        golden.Dispose();
        Assert.Skip("another autoencoder");
        return golden;
    }

    static AutoencoderKLConfig Config(Golden golden) => AutoencoderKLConfig.Read(ConfigJson.Parse(golden.Config.GetRawText(), golden.Name));

    static AutoencoderKL Load(Golden golden) => new(Config(golden), golden.Store());
}
