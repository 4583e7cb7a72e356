using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Models;

public sealed class PixArtTransformerGoldenTests
{
    const double ModuleTolerance = 1e-5;
    const double GradientTolerance = 1e-4;

    [Theory]
    [GoldenCases("transformer/")]
    public void Forward_OfAPublishedCase_GivesThePublishedSample(string entry, string name)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var expected = new CaseTensors(golden, name);
        // "fused_qkv" has no inputs of its own: it repeats those of "base".
        using var inputs = new CaseTensors(golden, expected.Has("in/hidden_states") ? name : "base");
        using var model = Load(golden);
        using var noGrad = GradMode.Disable();
        if (!expected.Has("in/hidden_states")) model.FuseProjections();

        foreach (var way in (Way[])[Way.Plain, Way.CaptionState])
        {
            using var sample = Run(model, inputs, way);
            expected.Assert("out/sample", sample, ModuleTolerance, $"{way}");
        }
    }

    [Theory]
    [GoldenCases("transformer/")]
    public void FuseProjections_ChangesNothing(string entry, string name)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var inputs = new CaseTensors(golden, name);
        Assert.SkipUnless(inputs.Has("in/hidden_states"), "a case without inputs of its own");
        using var model = Load(golden);
        using var noGrad = GradMode.Disable();
        var names = model.Parameters.Names.ToArray();
        model.FuseProjections();
        using var sample = Run(model, inputs, Way.Plain);
        inputs.Assert("out/sample", sample, ModuleTolerance, "fused");
        Assert.Equal(names, model.Parameters.Names);
        foreach (var parameter in names) Close.Assert(golden, $"w/{parameter}", model.Parameters[parameter], 0);
    }

    [Theory]
    [GoldenCases("transformer/")]
    public void Backward_OfAPublishedCase_GivesThePublishedGradients(string entry, string name)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var probe = new CaseTensors(golden, name);
        Assert.SkipUnless(probe.Under("grad/").Any(), "a case without gradients");

        foreach (var way in Enum.GetValues<Way>())
        {
            using var inputs = new CaseTensors(golden, name);
            using var model = Load(golden);
            model.Parameters.RequireGrad(true);
            model.GradientCheckpointing = way is Way.Checkpointed or Way.CheckpointedCaptionState;
            foreach (var input in probe.Under("grad/in/")) inputs[$"in/{input}"].RequiresGrad = true;
            using (TensorScope.Begin())
            {
                var terms = Run(model, inputs, way) * inputs["in/loss_weight"];
                var loss = terms.Mean();
                loss.Backward();
                // The terms cancel: their mean is exact to the size of a term, not to its own.
                var difference = loss.Item<float>() - golden.Doubles($"{name}/out/loss")[0];
                Close.Assert(0, difference / terms.Abs().Mean().Item<float>(), ModuleTolerance, $"{entry}\t{name}/out/loss ({way})");
            }

            inputs.AssertGradients(
                Gradients.Of(model.Parameters, [.. probe.Under("grad/in/").Select(input => (input, inputs[$"in/{input}"]))]), GradientTolerance, $"{way}");
        }
    }

    [Theory]
    [GoldenEntries("transformer/")]
    public void Parameters_CarryDiffusersNamesAndNoOthers(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        using var model = Load(golden);
        Assert.Equal(
            golden.TensorNames.Where(key => key.StartsWith("w/", StringComparison.Ordinal)).Select(key => key[2..]).Order(StringComparer.Ordinal),
            model.Parameters.Names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [GoldenEntries("transformer/")]
    public void Config_ReadsWhatItWrites(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var config = Config(golden);
        Assert.Equal(config, PixArtTransformerConfig.Read(ConfigJson.Parse(config.ToJson(), "config.json")));
        Assert.Equal(golden.Json.GetProperty("interpolation_scale_used").Number(), config.EffectiveInterpolationScale);
    }

    internal enum Way
    {
        Plain,
        CaptionState,
        Checkpointed,
        CheckpointedCaptionState,
    }

    static PixArtTransformerConfig Config(Golden golden) =>
        PixArtTransformerConfig.Read(ConfigJson.Parse(golden.Config.GetRawText(), golden.Name));

    static PixArtTransformer Load(Golden golden) => new(Config(golden), golden.Store());

    static Tensor Run(PixArtTransformer model, CaseTensors inputs, Way way)
    {
        var (latents, timestep, captions) = (inputs["in/hidden_states"], inputs["in/timestep"], inputs["in/encoder_hidden_states"]);
        var (mask, resolution, aspectRatio, attentionMask) = (inputs.Optional("in/encoder_attention_mask"), inputs.Optional("in/resolution"),
            inputs.Optional("in/aspect_ratio"), inputs.Optional("in/attention_mask"));
        if (way is Way.Plain or Way.Checkpointed) return model.Forward(latents, timestep, captions, mask, resolution, aspectRatio, attentionMask);
        using var state = model.EncodeCaptions(captions, mask);
        return model.Forward(latents, timestep, state, resolution, aspectRatio, attentionMask);
    }
}
