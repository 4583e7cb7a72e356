using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;
using static PixArt.Tests.Models.SmallModels;

namespace PixArt.Tests.Models;

public sealed class T5EncoderTests
{
    const double Tolerance = 1e-5;

    [Fact]
    public void Forward_OfAPaddedBatch_GivesEachTextWhatItGetsAlone()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new T5Encoder(TextEncoder, Store());
        var ids = Tensor.FromArray([4L, 8, 15, 16, 1, 23, 42, 1, 0, 0], 2, 5);
        var mask = Tensor.FromArray([1L, 1, 1, 1, 1, 1, 1, 1, 0, 0], 2, 5);
        var batch = model.Forward(ids, mask);
        Close.Assert(model.Forward(ids.Narrow(0, 0, 1)), batch.Narrow(0, 0, 1), Tolerance, "whole");
        Close.Assert(model.Forward(ids.Narrow(0, 1, 1).Narrow(1, 0, 3)), batch.Narrow(0, 1, 1).Narrow(1, 0, 3), Tolerance, "padded");
    }

    [Fact]
    public void Forward_WithGradients_EqualsWithout()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var model = new T5Encoder(TextEncoder, Store());
        model.Parameters.RequireGrad(true);
        var ids = Tensor.FromArray([4L, 8, 1], 1, 3);
        var training = model.Forward(ids);
        using var noGrad = GradMode.Disable();
        Close.Assert(training, model.Forward(ids), Tolerance, "without gradients");
    }

    [Fact]
    public void Forward_WithAMaskOfAnotherShape_NamesIt()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var model = new T5Encoder(TextEncoder, Store());
        var ids = Tensor.FromArray([4L, 8, 1], 1, 3);
        Assert.Equal(
            "mask is '[1, 2]', expected [1, 3], the shape of the ids",
            Assert.Throws<InvalidSettingException>(() => model.Forward(ids, ids.Narrow(1, 0, 2))).Message);
    }

    [Fact]
    public void Model_FromScratch_KeepsTheScaleOfItsActivations()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new T5Encoder(TextEncoder with { DModel = 64, DKv = 16, NumHeads = 4, DFf = 128 }, new ParameterStore(initialize: new Generator(3)));
        var features = model.Forward(Tensor.FromArray([4L, 8, 15, 16, 23, 42, 1], 1, 7));
        Assert.InRange(features.Square().Mean().Item<float>(), 0.9, 1.1);
    }

    [Theory]
    [InlineData("""{ "feed_forward_proj": "gated-silu" }""", "feed_forward_proj is 'gated-silu', expected relu or gated-gelu")]
    [InlineData("""{ "model_type": "mt5x" }""", "model_type is 'mt5x', expected t5")]
    [InlineData("""{ "num_heads": 0 }""", "num_heads is 0, expected at least 1")]
    [InlineData("""{ "relative_attention_num_buckets": 30 }""", "relative_attention_num_buckets is 30, expected a multiple of 4 above 0")]
    public void Config_OfAnotherArchitecture_IsRefusedByName(string json, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidSettingException>(() => T5EncoderConfig.Read(ConfigJson.Parse(json, "config.json"))).Message);
}
