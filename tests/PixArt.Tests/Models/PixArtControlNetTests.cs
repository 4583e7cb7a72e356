using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Models;

public sealed class PixArtControlNetTests
{
    const double Tolerance = 1e-5;

    [Theory]
    [InlineData(8, 12)]
    [InlineData(20, 4)]
    public void Forward_OfABatch_EqualsItsSamplesOneByOne(long height, long width)
    {
        using var leak = new LeakCheck();
        using var model = new PixArtTransformer(SmallModels.Transformer, SmallModels.Store());
        AssertRefused("timestep_low", "0 or more", () => new PixArtControlNetConfig { TimestepLow = -1 }.Validate());
        AssertRefused("timestep_high", "above timestep_low, which is 400", () => new PixArtControlNetConfig { TimestepLow = 400, TimestepHigh = 400 }.Validate());
        using var control = new PixArtControlNet(new() { NumLayers = 2 }, model.Config, SmallModels.Store(3));
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        Tensor x = SmallModels.Noise(1, 4, 4, height, width), c = SmallModels.Noise(2, 2, 4, height, width), y = SmallModels.Noise(3, 4, 5, 10);
        Tensor Sample(Tensor latents, Tensor condition, Tensor text)
        {
            using var signal = control.Encode(model, condition, 0.7);
            var batch = latents.Size(0);
            return model.Forward(latents, Tensor.Full([1], 300), text, null, Tensor.Full([batch, 2], 512), Tensor.Full([batch, 1], 1), control: signal);
        }

        // Two conditions for four latents: the second half repeats them, as guidance does.
        var whole = Sample(x, c, y);
        for (var i = 0; i < 4; i++)
            Close.Assert(whole.Narrow(0, i, 1), Sample(x.Narrow(0, i, 1), c.Narrow(0, i % 2, 1), y.Narrow(0, i, 1)), Tolerance, $"sample {i}");
    }

    [Fact]
    public void Forward_Untrained_EqualsTheBase()
    {
        using var leak = new LeakCheck();
        using var model = new PixArtTransformer(SmallModels.Transformer with { UseAdditionalConditions = false }, SmallModels.Store());
        using var control = new PixArtControlNet(new() { NumLayers = 2 }, model.Config, new ParameterStore());
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        Tensor x = SmallModels.Noise(1, 2, 4, 8, 8), y = SmallModels.Noise(3, 2, 5, 10), t = Tensor.Full([2], 500);
        using var signal = control.Encode(model, SmallModels.Noise(2, 1, 4, 8, 8));
        Close.Assert(model.Forward(x, t, y), model.Forward(x, t, y, control: signal), 0, "untrained");
    }

    [Fact]
    public void Backward_WithOrWithoutCheckpointing_GivesTheSlopeOfTheLoss()
    {
        using var leak = new LeakCheck();
        using var model = new PixArtTransformer(SmallModels.Transformer with { UseAdditionalConditions = false }, SmallModels.Store());
        using var control = new PixArtControlNet(new() { NumLayers = 2 }, model.Config, SmallModels.Store(5));
        control.Parameters.RequireGrad(true);
        using var x = SmallModels.Noise(1, 2, 4, 8, 8);
        using var c = SmallModels.Noise(2, 2, 4, 8, 8);
        using var y = SmallModels.Noise(3, 2, 5, 10);
        using var t = Tensor.FromArray([100f, 700f], 2);
        using var weight = SmallModels.Noise(4, 2, 8, 8, 8);
        Tensor Loss()
        {
            using var scope = TensorScope.Begin();
            using var signal = control.Encode(model, c, 0.8);
            return scope.Keep((model.Forward(x, t, y, control: signal) * weight).Mean());
        }

        var gradients = new List<Dictionary<string, double[]>>();
        foreach (var checkpointing in (bool[])[false, true])
        {
            model.GradientCheckpointing = checkpointing;
            using (var loss = Loss()) loss.Backward();
            gradients.Add(Gradients.Of(control.Parameters));
            foreach (var parameter in control.Parameters.Tensors) parameter.Grad = null;
        }

        Assert.Equal(control.Parameters.Names.Select(name => $"w/{name}").Order(StringComparer.Ordinal), gradients[0].Keys.Order(StringComparer.Ordinal));
        // The keys' biases shift every score alike: their gradients are rounding noise, small beside all the others.
        Close.Assert([.. gradients[0].Values.SelectMany(v => v)], [.. gradients[0].Keys.SelectMany(name => gradients[1][name])], 1e-4, "checkpointed");
        foreach (var name in (string[])["controlnet_blocks.0.before_proj.weight", "controlnet_blocks.1.transformer_block.attn2.to_v.weight", "controlnet_blocks.1.after_proj.bias"])
            AssertSlope(Loss, control.Parameters[name], gradients[0][$"w/{name}"], name);
    }

    [Fact]
    public void BlockName_NamesTheBasesParameter()
    {
        Assert.Equal("transformer_blocks.3.attn1.to_q.weight", PixArtControlNet.BlockName("controlnet_blocks.3.transformer_block.attn1.to_q.weight"));
        Assert.Null(PixArtControlNet.BlockName("controlnet_blocks.3.after_proj.weight"));
    }

    [Fact]
    public void Config_ReadsWhatItWrites_AndWhatOthersWrite()
    {
        var config = new PixArtControlNetConfig { NumLayers = 2 }.For(SmallModels.Transformer);
        Assert.Equal(config, PixArtControlNetConfig.Read(ConfigJson.Parse(config.ToJson(), "config.json")));
        var noisy = config with { TimestepLow = 400, TimestepHigh = 900 };
        Assert.Equal(noisy, PixArtControlNetConfig.Read(ConfigJson.Parse(noisy.ToJson(), "config.json")));
        Assert.DoesNotContain("timestep", config.ToJson(), StringComparison.Ordinal);
        var research = PixArtControlNetConfig.Read(ConfigJson.Parse("""{ "_class_name": "PixArtControlNetAdapterModel", "num_layers": 2 }""", "config.json"));
        Assert.Equal(config, research.For(SmallModels.Transformer));
        var simpleTuner = PixArtControlNetConfig.Read(ConfigJson.Parse(
            """{ "_class_name": "PixArtSigmaControlNetAdapterModel", "num_layers": 13, "num_attention_heads": 16, "attention_head_dim": 72, "cross_attention_dim": 1152 }""",
            "config.json"));
        Assert.Equal(simpleTuner, simpleTuner.For(new()));
    }

    [Theory]
    [InlineData(0, null, 0, true)]
    [InlineData(0, null, 999, true)]
    [InlineData(400, null, 399.5, false)]
    [InlineData(400, null, 400, true)]
    [InlineData(0, 400, 399.5, true)]
    [InlineData(0, 400, 400, false)]
    public void Steers_WhereItWasTrained(int low, int? high, double timestep, bool steers) =>
        Assert.Equal(steers, new PixArtControlNetConfig { TimestepLow = low, TimestepHigh = high }.Steers(timestep));

    [Fact]
    public void Errors_NameWhatDoesNotFit()
    {
        using var leak = new LeakCheck();
        using var model = new PixArtTransformer(SmallModels.Transformer with { UseAdditionalConditions = false }, SmallModels.Store());
        AssertRefused("num_layers of the ControlNet", "less than the transformer's 3 blocks", () => new PixArtControlNetConfig { NumLayers = 3 }.For(model.Config));
        AssertRefused("num_attention_heads of the ControlNet", "the transformer's 2", () => new PixArtControlNetConfig { NumLayers = 2, NumAttentionHeads = 16 }.For(model.Config));
        using var control = new PixArtControlNet(new() { NumLayers = 2 }, model.Config, SmallModels.Store(3));
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        Tensor x = SmallModels.Noise(1, 2, 4, 8, 8), y = SmallModels.Noise(3, 2, 5, 10), t = Tensor.Full([2], 500);
        AssertRefused("control condition", "[B, 4, H, W]", () => control.Encode(model, SmallModels.Noise(2, 1, 4, 7, 8)));
        using var other = control.Encode(model, SmallModels.Noise(2, 1, 4, 8, 12));
        AssertRefused("control condition", "the latents' 4x4", () => model.Forward(x, t, y, control: other));
        using var three = control.Encode(model, SmallModels.Noise(2, 3, 4, 8, 8));
        AssertRefused("control condition", "a divisor of the latents' batch of 2", () => model.Forward(x, t, y, control: three));
        using var captions = model.EncodeCaptions(y);
        using var good = control.Encode(model, SmallModels.Noise(2, 1, 4, 8, 8));
        AssertRefused("captions", "encoded with the ControlNet too", () => model.Forward(x, t, captions, control: good));
        AssertRefused("control strength", "a finite number", () => control.Encode(model, x, double.NaN));
    }

    static void AssertRefused(string field, string expected, Action action)
    {
        var error = Assert.Throws<InvalidSettingException>(action);
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    // Steps along the gradient itself: the loss must change by its squared length.
    static void AssertSlope(Func<Tensor> loss, Tensor parameter, double[] gradient, string name)
    {
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var direction = Tensor.FromArray(Array.ConvertAll(gradient, value => (float)value), parameter.Shape);
        var squared = gradient.Sum(value => value * value);
        var step = 1e-3 / Math.Sqrt(squared);
        double At(double factor)
        {
            parameter.AddInPlace(direction, factor);
            using var value = loss();
            parameter.AddInPlace(direction, -factor);
            return Close.Doubles(value)[0];
        }

        var slope = (At(step) - At(-step)) / (2 * step);
        Close.Assert(squared, slope, 2e-2, name);
    }
}
