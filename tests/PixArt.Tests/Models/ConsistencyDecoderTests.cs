using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Models;

public sealed class ConsistencyDecoderTests
{
    const string Entry = "vae/consistency_decoder_tiny";
    const double Tolerance = 1e-5;

    [Fact]
    public void Encode_GivesThePublishedMoments()
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(Entry);
        using var model = Load(golden);
        using var noGrad = GradMode.Disable();
        using var image = golden.Tensor("base/in/image");
        using var distribution = model.Encode(image);
        using var moments = Tensor.Cat([distribution.Mean, distribution.LogVariance], 1);
        Close.Assert(golden, "base/out/moments", moments, Tolerance);
    }

    [Fact]
    public void UNet_GivesThePublishedSample()
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(Entry);
        using var model = Load(golden);
        using var noGrad = GradMode.Disable();
        using var sample = golden.Tensor("unet/in/sample");
        using var timestep = golden.Tensor("unet/in/timestep");
        using var output = model.UNet.Forward(sample, timestep);
        Close.Assert(golden, "unet/out/sample", output, Tolerance);
    }

    [Fact]
    public void Decode_GivesThePublishedPictures()
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(Entry);
        using var model = Load(golden);
        using var noGrad = GradMode.Disable();
        using var latents = golden.Tensor("base/in/latent");
        var draws = 0;
        using var decoded = model.Decode(latents, _ => golden.Tensor($"steps2/noise/{draws++}"));
        Close.Assert(golden, "steps2/out/decoded", decoded, Tolerance);
        Assert.Equal(2, draws);
        Close.Equal([ConsistencySchedule.First, ConsistencySchedule.Second], [.. golden.Doubles("steps2/out/timesteps").Select(t => (long)t)], "timesteps");
    }

    [Fact]
    public void Decode_InTiles_IsTheWholeWhereATileIsAll_AndNearItElsewhere()
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(Entry);
        using var model = Load(golden);
        using var noGrad = GradMode.Disable();
        using var generator = new Generator(3);
        using var latents = Tensor.Randn([1, 4, 24, 20], generator);
        using var whole = Decoded();
        model.Tiling = true;
        using (var untouched = Decoded()) Assert.Equal(whole.ToArray<float>(), untouched.ToArray<float>());
        model.TileSide = 16 * model.Config.DownsampleFactor;
        using var tiled = Decoded();
        Assert.Equal(whole.Shape, tiled.Shape);
        // Normalisation sees a tile instead of the picture; the noise is the same, or nothing would be alike.
        Assert.InRange(Close.RelativeError(Close.Doubles(whole), Close.Doubles(tiled)), 1e-6, 0.3);

        Tensor Decoded()
        {
            using var noise = new Generator(9);
            return model.Decode(latents, shape => Tensor.Randn(shape, noise));
        }
    }

    [Fact]
    public void Schedule_IsThePublishedOne()
    {
        using var golden = GoldenSet.Open().Load(Entry);
        var schedule = new ConsistencySchedule(1024);
        foreach (var (name, values) in new[]
        {
            ("sqrt_alphas_cumprod", schedule.Signal), ("sqrt_one_minus_alphas_cumprod", schedule.Noise), ("c_skip", schedule.Skip),
            ("c_out", schedule.Out), ("c_in", schedule.In),
        })
            Close.Assert(golden.Doubles($"scheduler/{name}"), Array.ConvertAll(values, value => (double)value), 1e-5, name);
    }

    [Fact]
    public void Parameters_CarryDiffusersNamesAndNoOthers()
    {
        using var golden = GoldenSet.Open().Load(Entry);
        using var model = Load(golden);
        Assert.Equal(
            golden.TensorNames.Where(key => key.StartsWith("w/", StringComparison.Ordinal)).Select(key => key[2..]).Order(StringComparer.Ordinal),
            model.Parameters.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void SdxlLatents_AreRefused()
    {
        var config = new ConsistencyDecoderConfig();
        config.RequireLatentsOf(new AutoencoderKLConfig { ScalingFactor = 0.18215 });
        var error = Assert.Throws<InvalidSettingException>(() => config.RequireLatentsOf(new AutoencoderKLConfig { ScalingFactor = 0.13025 }));
        Assert.Contains("0.13025", error.Message, StringComparison.Ordinal);
        Assert.Contains("Stable Diffusion's autoencoder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherArchitectures_AreRefused() => Assert.Equal("decoder_add_attention is 'true', expected false", Assert.Throws<InvalidSettingException>(
        () => ConsistencyDecoderConfig.Read(ConfigJson.Parse("""{ "decoder_add_attention": true }""", "config.json"))).Message);

    static ConsistencyDecoder Load(Golden golden) =>
        new(ConsistencyDecoderConfig.Read(ConfigJson.Parse(golden.Config.GetRawText(), golden.Name)), new ParameterStore(golden.Weights()));
}
