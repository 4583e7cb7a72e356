using PixArt.Models;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Models;

/// <summary>What configurations and weights of a model are refused with, word for word.</summary>
public sealed class ConfigMessageTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static ConfigJson Json(string json) => ConfigJson.Parse(json, "config.json");

    public static TheoryData<string, string, Func<ConfigJson, object>> Refused => new()
    {
        { "num_layers is 0, expected at least 1", """{"num_layers": 0}""", PixArtTransformerConfig.Read },
        { "sample_size is 1, expected at least the patch size 2", """{"sample_size": 1}""", PixArtTransformerConfig.Read },
        {
            "num_attention_heads x attention_head_dim is 16, expected a multiple of 3 (height, width, aspect ratio)",
            """{"num_attention_heads": 1, "attention_head_dim": 16, "use_additional_conditions": true}""", PixArtTransformerConfig.Read
        },
        { "kv_compression.scale_factor is 0, expected at least 1", """{"kv_compression": {"scale_factor": 0}}""", PixArtTransformerConfig.Read },
        { "block_out_channels is 0, expected 1 to 8 levels", """{"block_out_channels": []}""", AutoencoderKLConfig.Read },
        { "block_out_channels is 100, expected multiples of norm_num_groups, 32", """{"block_out_channels": [100]}""", AutoencoderKLConfig.Read },
        { "sample_size is 4, expected at least the downsampling factor 8", """{"sample_size": 4, "block_out_channels": [32, 32, 32, 32]}""", AutoencoderKLConfig.Read },
        { "shift_factor is Infinity, expected a finite number", """{"shift_factor": Infinity}""", AutoencoderKLConfig.Read },
        {
            "down_block_types is '1 blocks', expected 2, one for each of block_out_channels",
            """{"block_out_channels": [32, 32], "down_block_types": ["DownEncoderBlock2D"]}""", AutoencoderKLConfig.Read
        },
        {
            "decoder_block_out_channels is '64, 32', expected one width at every resolution",
            """{"encoder_block_out_channels": [64], "decoder_block_out_channels": [32]}""", AutoencoderTinyConfig.Read
        },
        { "num_encoder_blocks is 'an empty list', expected a number of blocks for each resolution", """{"num_encoder_blocks": []}""", AutoencoderTinyConfig.Read },
        { "latent_channels is 8, expected 4: the statistics taken out are of four channels", """{"latent_channels": 8}""", ConsistencyDecoderConfig.Read },
        { "decoder_block_out_channels is 'an empty list', expected a width for each resolution", """{"decoder_block_out_channels": []}""", ConsistencyDecoderConfig.Read },
        { "decoder_block_out_channels is 100, expected multiples of decoder_norm_num_groups, 32", """{"decoder_block_out_channels": [100]}""", ConsistencyDecoderConfig.Read },
        { "decoder_num_train_timesteps is 100, expected more than 1008, where decoding begins", """{"decoder_num_train_timesteps": 100}""", ConsistencyDecoderConfig.Read },
        { "relative_attention_num_buckets is 6, expected a multiple of 4 above 0", """{"relative_attention_num_buckets": 6}""", T5EncoderConfig.Read },
        { "relative_attention_max_distance is 8, expected more than 8", """{"relative_attention_max_distance": 8}""", T5EncoderConfig.Read },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_field_out_of_range_is_told_with_its_file(string message, string json, Func<ConfigJson, object> read) =>
        Assert.Equal($"config.json: {message}", Assert.Throws<InvalidSettingException>(() => Json(json).As(read)).Message);

    [Fact]
    public void Inputs_of_another_shape_are_told()
    {
        using var leak = new LeakCheck();
        using var encoder = new TinyEncoder(new AutoencoderTinyConfig { Width = 4, EncoderBlocks = [1, 1], DecoderBlocks = [1, 1] }, SmallModels.Store());
        using var transformer = new PixArtTransformer(SmallModels.Transformer, SmallModels.Store());
        using var control = new PixArtControlNet(new() { NumLayers = 2 }, transformer.Config, SmallModels.Store());
        using var other = TinyTransformer.Create();
        using var four = SmallModels.Noise(1, 1, 4, 8, 8);
        string Message(Action action) => Assert.Throws<InvalidSettingException>(action).Message;
        Assert.Equal("images is '[1, 4, 8, 8]', expected [B, 3, height, width]", Message(() => encoder.Encode(four)));
        Assert.Equal(
            "transformer is '2 blocks of width 12', expected more than 2 blocks of width 24, as this ControlNet's", Message(() => control.Encode(other, four)));
    }

    [Theory]
    [InlineData("is missing", "", new long[0])]
    [InlineData("has shape [8, 4], expected 4 dimensions of at least 1", "pos_embed.proj.weight", new long[] { 8, 4 })]
    [InlineData("has shape [0, 4, 2, 2], expected 4 dimensions of at least 1", "pos_embed.proj.weight", new long[] { 0, 4, 2, 2 })]
    public void Weights_that_are_no_transformer_are_told(string message, string name, long[] shape)
    {
        var tensor = name.Length == 0 ? ("other", [1]) : (Name: name, Shape: shape);
        SafetensorsWriter.Write(_folder["a"], [TensorToWrite.FromBytes(tensor.Name, StoredType.F32, tensor.Shape, new byte[4 * tensor.Shape.Aggregate(1L, (p, s) => p * s)])]);
        using var weights = WeightsSource.Open(_folder["a"]);
        var error = Assert.Throws<WeightsException>(() => PixArtTransformerConfig.FromWeights(weights));
        Assert.StartsWith($"{_folder["a"]}: tensor 'pos_embed.proj.weight': {message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Heads_that_do_not_divide_the_width_are_told()
    {
        SafetensorsWriter.Write(_folder["a"], [TensorToWrite.FromBytes("pos_embed.proj.weight", StoredType.F32, [8, 1, 1, 1], new byte[32])]);
        using var weights = WeightsSource.Open(_folder["a"]);
        string Message(int? heads) => Assert.Throws<InvalidSettingException>(() => PixArtTransformerConfig.FromWeights(weights, heads: heads)).Message;
        Assert.Equal("heads is 3, expected a divisor of the width 8", Message(3));
        Assert.Equal("heads is 'not given', expected the number of attention heads: a width of 8 does not tell it", Message(null));
    }
}
