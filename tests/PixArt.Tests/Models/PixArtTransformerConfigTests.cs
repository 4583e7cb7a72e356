using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Tests.Models;

public sealed class PixArtTransformerConfigTests
{
    [Theory]
    [InlineData(32, 1)]
    [InlineData(64, 1)]
    [InlineData(128, 2)]
    [InlineData(256, 4)]
    public void InterpolationScale_LeftOut_FollowsTheNominalSize(int sampleSize, double expected) =>
        Assert.Equal(expected, Read($$"""{ "sample_size": {{sampleSize}}, "caption_channels": 4096 }""").EffectiveInterpolationScale);

    [Fact]
    public void Fields_LeftOut_TakeDiffusersDefaults()
    {
        var config = Read("""{ "_class_name": "Transformer2DModel", "some_future_field": [1, 2] }""");
        Assert.Equal(new PixArtTransformerConfig { CaptionChannels = null }, config);
        Assert.Equal(1152, config.HiddenSize);
        Assert.True(config.LearnsVariance);
        Assert.Equal(4, Read("""{ "out_channels": null }""").OutChannels);
    }

    [Fact]
    public void Compression_IsRead()
    {
        var config = Read("""{ "qk_norm": true, "kv_compression": { "sampling": "uniform_every", "scale_factor": 2, "layers": [3, 4] } }""");
        Assert.True(config.QkNorm);
        Assert.Equal(KeyValueSampling.UniformEvery, config.KvCompression!.Sampling);
        Assert.Equal([3, 4], config.KvCompression.Layers);
    }

    [Theory]
    [InlineData("""{ "norm_type": "ada_norm_zero" }""", "norm_type is 'ada_norm_zero', expected ada_norm_single")]
    [InlineData("""{ "norm_elementwise_affine": true }""", "norm_elementwise_affine is 'true', expected false")]
    [InlineData("""{ "activation_fn": "geglu" }""", "activation_fn is 'geglu', expected gelu-approximate")]
    [InlineData("""{ "_class_name": "SD3Transformer2DModel" }""", "_class_name is 'SD3Transformer2DModel', expected PixArtTransformer2DModel or Transformer2DModel or PixArtTransformer")]
    [InlineData("""{ "num_layers": 0 }""", "num_layers is 0, expected at least 1")]
    [InlineData("""{ "attention_head_dim": 71, "num_attention_heads": 1, "cross_attention_dim": 71 }""", "num_attention_heads x attention_head_dim is 71, expected a multiple of 4 (2-D positions)")]
    [InlineData("""{ "caption_channels": 4096, "cross_attention_dim": 1024 }""", "cross_attention_dim is 1024, expected the hidden width 1152")]
    [InlineData("""{ "interpolation_scale": 0 }""", "interpolation_scale is 0, expected a positive number")]
    [InlineData("""{ "kv_compression": { "sampling": "max" } }""", "kv_compression.sampling is 'max', expected conv, ave, uniform or uniform_every")]
    [InlineData("""{ "kv_compression": { "scale_factor": 2, "layers": [28] } }""", "kv_compression.layers is 28, expected block indices of [0, 28)")]
    public void AnotherArchitecture_IsRefusedByName(string json, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidSettingException>(() => Read(json)).Message);

    static PixArtTransformerConfig Read(string json) => PixArtTransformerConfig.Read(ConfigJson.Parse(json, "config.json"));
}
