using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;
using static PixArt.Tests.Models.SmallModels;

namespace PixArt.Tests.Models;

public sealed class AutoencoderKLTests
{
    const double Tolerance = 1e-5;

    [Fact]
    public void DecodeAndEncode_OfABatch_EqualSingles()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new AutoencoderKL(Autoencoder, Store());
        Tensor latents = Noise(5, 2, 4, 4, 6), images = Noise(6, 2, 3, 16, 24);
        Tensor decoded = model.Decode(latents), moments = model.EncodeMoments(images);
        Assert.Equal([2, 3, 16, 24], decoded.Shape);
        Assert.Equal([2, 8, 4, 6], moments.Shape);
        for (var i = 0; i < 2; i++)
        {
            Close.Assert(decoded.Narrow(0, i, 1), model.Decode(latents.Narrow(0, i, 1)), Tolerance, $"decoded {i}");
            Close.Assert(moments.Narrow(0, i, 1), model.EncodeMoments(images.Narrow(0, i, 1)), Tolerance, $"encoded {i}");
        }
    }

    [Fact]
    public void Decode_WithGradients_EqualsWithoutAndLeavesItsInput()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var model = new AutoencoderKL(Autoencoder, Store());
        Tensor latents = Noise(5, 1, 4, 4, 4), copy = latents.Clone();
        var training = model.Decode(latents);
        using var noGrad = GradMode.Disable();
        Close.Assert(training, model.Decode(latents), Tolerance, "without gradients");
        Close.Assert(copy, latents, 0, "input");
    }

    [Fact]
    public void Sample_OfOneSeed_IsMeanPlusDeviationTimesPyTorchsNoise()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var latents = new DiagonalGaussian(Noise(8, 2, 8, 3, 3));
        using Generator ours = new(3), theirs = new(3);
        var expected = latents.Mean + latents.StandardDeviation() * Tensor.Randn([2, 4, 3, 3], theirs);
        Close.Assert(expected, latents.Sample(ours), 0, "sample");
        Close.Assert(latents.Mean, latents.Mode(), 0, "mode");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.1159)]
    public void Unscale_UndoesScale(double? shift)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var model = new AutoencoderKL(Autoencoder with { ShiftFactor = shift }, Store());
        var latents = Noise(9, 1, 4, 2, 2);
        Close.Assert((latents - (shift ?? 0)) * 0.18215, model.Scale(latents), 1e-6, "scaled");
        Close.Assert(latents, model.Unscale(model.Scale(latents)), 1e-6, "unscaled");
    }

    [Fact]
    public void Tiling_OfAPictureNoLargerThanATile_ChangesNothing()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new AutoencoderKL(Autoencoder, Store());
        var latents = Noise(5, 1, 4, 8, 8);
        var whole = model.Decode(latents);
        model.Tiling = true;
        Close.Assert(whole, model.Decode(latents), 0, "tiled");
        Assert.Equal([1, 3, 80, 36], model.Decode(Noise(5, 1, 4, 20, 9)).Shape);
    }

    [Fact]
    public void Parameters_WrittenAndRead_GiveTheSameModel()
    {
        using var leak = new LeakCheck();
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new AutoencoderKL(Autoencoder, new ParameterStore(initialize: new Generator(4)));
        SafetensorsWriter.Write(folder["vae.safetensors"], [.. model.Parameters.Names.Select(name => TensorToWrite.FromTensor(name, model.Parameters[name]))]);
        using var source = WeightsSource.Open(folder["vae.safetensors"]);
        using var read = new AutoencoderKL(AutoencoderKLConfig.Read(ConfigJson.Parse(Autoencoder.ToJson(), "config.json")), new ParameterStore(source));
        source.EnsureAllUsed();
        var latents = Noise(5, 1, 4, 4, 4);
        Close.Assert(model.Decode(latents), read.Decode(latents), Tolerance, "read again");
    }

    [Theory]
    [InlineData("""{ "block_out_channels": [100, 128] }""", "block_out_channels is 100, expected multiples of norm_num_groups, 32")]
    [InlineData("""{ "scaling_factor": 0 }""", "scaling_factor is 0, expected a positive number")]
    [InlineData("""{ "down_block_types": ["AttnDownEncoderBlock2D"] }""", "down_block_types is 'AttnDownEncoderBlock2D', expected DownEncoderBlock2D")]
    [InlineData("""{ "act_fn": "gelu" }""", "act_fn is 'gelu', expected silu or swish")]
    [InlineData("""{ "_class_name": "AutoencoderTiny" }""", "_class_name is 'AutoencoderTiny', expected AutoencoderKL")]
    public void Config_OfAnotherArchitecture_IsRefusedByName(string json, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidSettingException>(() => AutoencoderKLConfig.Read(ConfigJson.Parse(json, "config.json"))).Message);

    [Fact]
    public void Decode_OfAWrongShape_NamesIt()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var model = new AutoencoderKL(Autoencoder, Store());
        string Message(Action action) => Assert.Throws<InvalidSettingException>(action).Message;
        Assert.Equal("latents is '[1, 3, 4, 4]', expected [B, 4, height, width]", Message(() => model.Decode(Noise(1, 1, 3, 4, 4))));
        Assert.Equal("images is '[1, 4, 4, 4]', expected [B, 3, height, width]", Message(() => model.Encode(Noise(1, 1, 4, 4, 4))));
    }
}
