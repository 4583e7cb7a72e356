using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Models;

public sealed class TinyAutoencoderTests
{
    [Fact]
    public void Parameters_AreThoseOfTaesd()
    {
        using var leak = new LeakCheck();
        using var encoder = new TinyEncoder(new(), new ParameterStore());
        using var decoder = new TinyDecoder(new(), new ParameterStore());
        Assert.Equal(1_222_532, encoder.Parameters.Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size)));
        Assert.Equal(1_222_531, decoder.Parameters.Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size)));
        // Convolutions and blocks of the released files, by their places in the lists.
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14], Layers(encoder.Parameters));
        Assert.Equal([0, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18], Layers(decoder.Parameters));
    }

    [Fact]
    public void KeyMaps_TurnReleasedNamesIntoDiffusers()
    {
        var decoder = KeyMaps.TaesdDecoder(20);
        Assert.Equal(["decoder.layers.0.weight"], decoder.FromForeign("1.weight"));
        Assert.Equal(["decoder.layers.2.conv.4.bias"], decoder.FromForeign("3.conv.4.bias"));
        Assert.Equal(["decoder.layers.18.bias"], decoder.FromForeign("19.bias"));
        Assert.Equal(["encoder.layers.14.bias"], KeyMaps.TaesdEncoder.FromForeign("14.bias"));
        Assert.Equal("1.weight", decoder.ToForeign("decoder.layers.0.weight")!.Name);
    }

    [Fact]
    public void Forward_FollowsThePublishedArithmetic()
    {
        using var leak = new LeakCheck();
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var config = new AutoencoderTinyConfig { Width = 6, LatentChannels = 3, EncoderBlocks = [1, 2], DecoderBlocks = [2, 1] };
        using var encoder = new TinyEncoder(config, SmallModels.Store());
        using var decoder = new TinyDecoder(config, SmallModels.Store(9));

        Tensor Layer(ParameterStore p, string name, Tensor x, long stride = 1) =>
            Functional.Conv2d(x, p[$"{name}.weight"], p.TryGet($"{name}.bias", out var bias) ? bias : null, stride, 1);
        Tensor Block(ParameterStore p, string name, Tensor x) => Functional.Relu(
            Layer(p, $"{name}.conv.4", Functional.Relu(Layer(p, $"{name}.conv.2", Functional.Relu(Layer(p, $"{name}.conv.0", x))))) + x);

        var image = SmallModels.Noise(1, 2, 3, 8, 12);
        var e = encoder.Parameters;
        var expected = Block(e, "encoder.layers.1", Layer(e, "encoder.layers.0", (image + 1) / 2));
        expected = Layer(e, "encoder.layers.2", expected, 2);
        expected = Layer(e, "encoder.layers.5", Block(e, "encoder.layers.4", Block(e, "encoder.layers.3", expected)));
        Close.Assert(expected, encoder.Encode(image), 1e-6, "encoder");

        var latents = SmallModels.Noise(2, 2, 3, 4, 6) * 3;
        var d = decoder.Parameters;
        expected = Functional.Relu(Layer(d, "decoder.layers.0", (latents / 3).Tanh() * 3));
        expected = Block(d, "decoder.layers.3", Block(d, "decoder.layers.2", expected));
        expected = Layer(d, "decoder.layers.5", Functional.InterpolateNearest(expected, [8, 12]));
        expected = Layer(d, "decoder.layers.7", Block(d, "decoder.layers.6", expected)) * 2 - 1;
        Close.Assert(expected, decoder.Decode(latents), 1e-6, "decoder");
    }

    [Fact]
    public void Config_ReadsWhatItWrites_AndRefusesOthers()
    {
        var config = new AutoencoderTinyConfig { Width = 8, EncoderBlocks = [1, 2], DecoderBlocks = [2, 1] };
        var read = AutoencoderTinyConfig.Read(ConfigJson.Parse(config.ToJson(), "config.json"));
        Assert.Equal(config.ToJson(), read.ToJson());
        var error = Assert.Throws<InvalidSettingException>(
            () => AutoencoderTinyConfig.Read(ConfigJson.Parse("""{ "act_fn": "silu" }""", "config.json")));
        Assert.Contains("act_fn", error.Message, StringComparison.Ordinal);
        using var decoder = new TinyDecoder(new(), new ParameterStore());
        using var wrong = Tensor.Zeros([1, 16, 4, 4]);
        Assert.Contains("[B, 4, height, width]", Assert.Throws<InvalidSettingException>(() => decoder.Decode(wrong)).Message, StringComparison.Ordinal);
    }

    static int[] Layers(ParameterStore parameters) =>
        [.. parameters.Names.Select(name => int.Parse(name.Split('.')[2], System.Globalization.CultureInfo.InvariantCulture)).Distinct()];
}
