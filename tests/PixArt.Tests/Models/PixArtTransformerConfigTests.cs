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
    [InlineData("""{ "norm_type": "ada_norm_zero" }""", "norm_type")]
    [InlineData("""{ "norm_elementwise_affine": true }""", "norm_elementwise_affine")]
    [InlineData("""{ "activation_fn": "geglu" }""", "activation_fn")]
    [InlineData("""{ "_class_name": "SD3Transformer2DModel" }""", "_class_name")]
    [InlineData("""{ "num_layers": 0 }""", "num_layers")]
    [InlineData("""{ "attention_head_dim": 71, "num_attention_heads": 1, "cross_attention_dim": 71 }""", "num_attention_heads x attention_head_dim")]
    [InlineData("""{ "caption_channels": 4096, "cross_attention_dim": 1024 }""", "cross_attention_dim")]
    [InlineData("""{ "interpolation_scale": 0 }""", "interpolation_scale")]
    [InlineData("""{ "kv_compression": { "sampling": "max" } }""", "kv_compression.sampling")]
    [InlineData("""{ "kv_compression": { "scale_factor": 2, "layers": [28] } }""", "kv_compression.layers")]
    public void AnotherArchitecture_IsRefusedByName(string json, string field) =>
        Assert.Equal(field, Assert.Throws<InvalidSettingException>(() => Read(json)).Field);

    static PixArtTransformerConfig Read(string json) => PixArtTransformerConfig.Read(ConfigJson.Parse(json, "config.json"));
}
