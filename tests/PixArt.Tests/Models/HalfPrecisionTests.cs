using PixArt.Models;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Models;

/// <summary>The published cases in small types: the reference's are fp32, so errors are those of the type.</summary>
public sealed class HalfPrecisionTests
{
    [Theory]
    [GoldenEntries("transformer/")]
    public void Transformer_InASmallType_StaysNearTheReference(string entry) => InEachType(entry, (golden, name, dtype) =>
    {
        using var inputs = new CaseTensors(golden, name);
        if (!inputs.Has("in/hidden_states")) return null;
        using var model = new PixArtTransformer(
            PixArtTransformerConfig.Read(ConfigJson.Parse(golden.Config.GetRawText(), golden.Name)), golden.Store(dtype: dtype));
        return model.Forward(
            inputs["in/hidden_states"], inputs["in/timestep"], inputs["in/encoder_hidden_states"], inputs.Optional("in/encoder_attention_mask"),
            inputs.Optional("in/resolution"), inputs.Optional("in/aspect_ratio"), inputs.Optional("in/attention_mask"));
    }, "out/sample");

    [Theory]
    [GoldenEntries("vae/")]
    public void Autoencoder_InASmallType_StaysNearTheReference(string entry) => InEachType(entry, (golden, name, dtype) =>
    {
        if (!golden.Json.GetProperty("reference").GetString()!.Contains("AutoencoderKL", StringComparison.Ordinal)) return null;
        using var inputs = new CaseTensors(golden, name);
        if (!inputs.Has("in/latent") || inputs.Has("out/decoded_without_tiling")) return null;
        using var model = new AutoencoderKL(
            AutoencoderKLConfig.Read(ConfigJson.Parse(golden.Config.GetRawText(), golden.Name)), golden.Store(dtype: dtype));
        return model.Decode(inputs["in/latent"].To(dtype));
    }, "out/decoded");

    [Theory]
    [GoldenEntries("t5/")]
    public void T5Encoder_InASmallType_StaysNearTheReference(string entry) => InEachType(entry, (golden, name, dtype) =>
    {
        using var inputs = new CaseTensors(golden, name);
        if (!inputs.Has("in/input_ids")) return null;
        using var model = new T5Encoder(T5EncoderConfig.Read(ConfigJson.Parse(golden.Config.GetRawText(), golden.Name)), golden.Store(dtype: dtype));
        return model.Forward(inputs["in/input_ids"], inputs.Optional("in/attention_mask"));
    }, "out/last_hidden_state");

    static void InEachType(string entry, Func<Golden, string, ScalarType, Tensor?> run, string output)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var noGrad = GradMode.Disable();
        var compared = 0;
        foreach (var name in golden.CaseNames)
        {
            foreach (var (dtype, tolerance) in ((ScalarType, double)[])[(ScalarType.BFloat16, 3e-2), (ScalarType.Float16, 4e-3)])
            {
                // Half precision has no matrix product on older CPUs' libtorch.
                if (dtype == ScalarType.Float16 && !TestDevice.Current.IsCuda) continue;
                using var scope = TensorScope.Begin();
                if (run(golden, name, dtype) is not { } actual) continue;
                Close.Assert(golden, $"{name}/{output}", actual, tolerance, $"{entry}\t{name}/{output} ({dtype})");
                compared++;
            }
        }

        Assert.SkipWhen(compared == 0, "no case of such a model");
    }
}
