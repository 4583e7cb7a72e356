using PixArt.Conversion;
using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Conversion;

public sealed class WeightsConversionTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    static string Pipeline => GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");

    static string Transformer => Path.Combine(Pipeline, "transformer");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shards_hold_what_one_file_holds()
    {
        WeightsConversion.Convert(Transformer, _folder["whole"]);
        WeightsConversion.Convert(Transformer, _folder["shards"], new() { ShardBytes = 20_000 });
        var shards = new ComponentFolder(_folder["shards"]).WeightFiles();
        Assert.True(shards.Count > 2);
        Assert.All(shards, file => Assert.Matches(@"^diffusion_pytorch_model-\d{5}-of-\d{5}\.safetensors$", Path.GetFileName(file)));
        Assert.Equal(ConversionFiles.Contents([.. new ComponentFolder(_folder["whole"]).WeightFiles()]), ConversionFiles.Contents([.. shards]));
        var index = ConfigJson.Read(Path.Combine(_folder["shards"], "diffusion_pytorch_model.safetensors.index.json"));
        Assert.Equal(ConversionFiles.Contents([.. shards]).Count, index.Object("weight_map")!.Names.Count());
        using var weights = WeightsSource.Open(shards);
        Assert.Equal(weights.Names.Sum(n => weights.Find(n)!.ByteCount), index.Object("metadata")!.Number("total_size"));
    }

    [Theory]
    [InlineData(ScalarType.Float16, StoredType.F16)]
    [InlineData(ScalarType.BFloat16, StoredType.BF16)]
    public void Another_number_format_rounds_each_number(ScalarType type, StoredType stored)
    {
        using var leak = new LeakCheck();
        WeightsConversion.Convert(Transformer, _folder["small.safetensors"], new() { DType = type });
        using var before = new ComponentFolder(Transformer).OpenWeights();
        using var after = WeightsSource.Open(_folder["small.safetensors"]);
        foreach (var name in after.Names)
        {
            Assert.Equal(stored, after.Find(name)!.Type);
            using var expected = before.Read(name);
            using var rounded = expected.To(type);
            using var found = after.Read(name);
            Assert.Equal(Close.Doubles(rounded), Close.Doubles(found));
        }
    }

    [Fact]
    public void A_whole_pipeline_is_converted_and_generates()
    {
        WeightsConversion.Convert(Pipeline, _folder["half"], new() { DType = ScalarType.BFloat16, ShardBytes = 50_000 });
        foreach (var part in new[] { "transformer", "vae", "text_encoder" })
        {
            using var weights = new ComponentFolder(Path.Combine(_folder["half"], part)).OpenWeights();
            Assert.All(weights.Names, name => Assert.Equal(StoredType.BF16, weights.Find(name)!.Type));
        }

        foreach (var file in new[] { "model_index.json", "tokenizer/spiece.model", "scheduler/scheduler_config.json" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(Pipeline, file)), File.ReadAllBytes(Path.Combine(_folder["half"], file)));
        PixArtPipeline.Check(_folder["half"], options: null, new() { Prompts = ["a fox"] });
    }

    [Fact]
    public void A_pipelines_transformer_goes_to_the_original_layout_and_back_into_a_pipeline()
    {
        WeightsConversion.Convert(Pipeline, _folder["pixart.pth"]);
        using (var original = WeightsSource.OpenModel(_folder["pixart.pth"])) Assert.Equal("original PixArt layout", original.Layout);
        var config = PixArtTransformerConfig.Read(new ComponentFolder(Transformer).Config());
        WeightsConversion.Convert(_folder["pixart.pth"], _folder["back"], new()
        {
            Base = Pipeline,
            Resolution = 8 * config.SampleSize,
            Heads = config.NumAttentionHeads,
            InterpolationScale = config.EffectiveInterpolationScale,
        });
        foreach (var part in new[] { "transformer", "vae", "text_encoder" })
        {
            Assert.Equal(
                ConversionFiles.Contents([.. new ComponentFolder(Path.Combine(Pipeline, part)).WeightFiles()]),
                ConversionFiles.Contents([.. new ComponentFolder(Path.Combine(_folder["back"], part)).WeightFiles()]));
        }

        var back = PixArtTransformerConfig.Read(new ComponentFolder(Path.Combine(_folder["back"], "transformer")).Config());
        Assert.Equal(config.EffectiveInterpolationScale, back.EffectiveInterpolationScale);
        Assert.Equal((config.NumAttentionHeads, config.SampleSize, config.NumLayers), (back.NumAttentionHeads, back.SampleSize, back.NumLayers));
    }

    [Theory]
    [GoldenEntries("vae/")]
    public void An_autoencoder_goes_to_stable_diffusions_layout_and_back(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        string[] names = [.. golden.TensorNames.Where(n => n.StartsWith("w/encoder.", StringComparison.Ordinal) || n.StartsWith("w/decoder.", StringComparison.Ordinal) || n.Contains("quant_conv", StringComparison.Ordinal))];
        if (!golden.Config.TryGetProperty("block_out_channels", out _) || !golden.Has("w/decoder.conv_in.weight")) return;
        SafetensorsWriter.Write(_folder["vae.safetensors"], names.Select(n => TensorToWrite.FromBytes(n[2..], golden.Tensors[n].Type, golden.Tensors[n].Shape, golden.Tensors.Bytes(n).ToArray())));
        WeightsConversion.Convert(_folder["vae.safetensors"], _folder["vae.ckpt"]);
        using (var theirs = WeightsFile.Open(_folder["vae.ckpt"])) Assert.Contains("decoder.up.0.block.0.norm1.weight", theirs.Tensors.Keys, StringComparer.Ordinal);
        WeightsConversion.Convert(_folder["vae.ckpt"], _folder["vae"], new() { ScalingFactor = 0.13025 });
        Assert.Equal(ConversionFiles.Contents(_folder["vae.safetensors"]), ConversionFiles.Contents([.. new ComponentFolder(_folder["vae"]).WeightFiles()]));
        var (config, expected) = (AutoencoderKLConfig.Read(new ComponentFolder(_folder["vae"]).Config()), AutoencoderKLConfig.Read(ConfigJson.Parse(golden.Config.GetRawText(), entry)));
        Assert.Equal((0.13025, expected.LayersPerBlock, expected.LatentChannels, expected.UseQuantConv), (config.ScalingFactor, config.LayersPerBlock, config.LatentChannels, config.UseQuantConv));
        Assert.Equal(expected.BlockOutChannels, config.BlockOutChannels);
    }

    [Theory]
    [InlineData("encoder.embed_tokens.weight")]
    [InlineData("shared.weight")]
    public void Of_a_whole_T5_the_encoder_is_taken(string embedding)
    {
        using var golden = GoldenSet.Open().Load("t5/v1_1_tiny");
        var encoder = golden.TensorNames.Where(n => n.StartsWith("w/encoder.", StringComparison.Ordinal) || n is "w/shared.weight").Select(n => TensorToWrite.FromBytes(
            n is "w/shared.weight" ? embedding : n[2..], golden.Tensors[n].Type, golden.Tensors[n].Shape, golden.Tensors.Bytes(n).ToArray())).ToList();
        SafetensorsWriter.Write(_folder["encoder.safetensors"], encoder);
        SafetensorsWriter.Write(_folder["t5.safetensors"], [.. encoder, ConversionFiles.Random("decoder.block.0.layer.0.SelfAttention.q.weight", 4, 4), ConversionFiles.Random("lm_head.weight", 4, 4)]);
        WeightsConversion.Convert(_folder["t5.safetensors"], _folder["text_encoder"]);
        Assert.Equal(ConversionFiles.Contents(_folder["encoder.safetensors"]), ConversionFiles.Contents(Path.Combine(_folder["text_encoder"], "model.safetensors")));
        Assert.Equal("T5EncoderModel", new ComponentFolder(_folder["text_encoder"]).Config().Texts("architectures")[0]);
    }

    [Fact]
    public void What_the_weights_do_not_tell_must_be_given()
    {
        // No position table, no text of no text: neither the resolution nor the family can be told.
        Write("a.safetensors", AllTensors().Select(t => t with { }));
        var heads = new ConversionOptions { Heads = 2 };
        Refused<InvalidSettingException>(heads, "resolution is 'not given', expected the nominal side in pixels");
        Refused<InvalidSettingException>(heads with { Resolution = 256 }, "interpolation scale is 'not given', expected 1 for PixArt-α or 0.5 for PixArt-Σ");
        Refused<InvalidSettingException>(new() { Resolution = 512 }, "heads is 'not given'");
        Refused<InvalidSettingException>(new() { Layout = WeightsLayout.Original }, "layout is 'original', expected diffusers' in a folder");
        Refused<InvalidSettingException>(new() { DType = ScalarType.Int64 }, "dtype is Int64, expected float32, float16 or bfloat16");
        Refused<InvalidSettingException>(new() { Resolution = 500 }, "resolution is 500, expected a multiple of 16");
        WeightsConversion.Convert(_folder["a.safetensors"], _folder["out"], heads with { Resolution = 512 });
        Refused<InvalidSettingException>(heads with { Resolution = 512 }, "expected a folder that is not there yet");

        void Refused<T>(ConversionOptions options, string message)
            where T : PixArtException
        {
            var before = Directory.GetFileSystemEntries(_folder.Path);
            var error = Assert.Throws<T>(() => WeightsConversion.Convert(_folder["a.safetensors"], _folder["out"], options));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path));
        }
    }

    [Fact]
    public void Models_that_are_not_whole_or_hold_more_are_refused()
    {
        var tensors = AllTensors().ToList();
        Write("less.safetensors", tensors.Where(t => t.Name is not "proj_out.bias"));
        var error = Assert.Throws<WeightsException>(() => WeightsConversion.Convert(_folder["less.safetensors"], _folder["out.pth"]));
        Assert.Contains("is not a whole model: proj_out.bias [", error.Message, StringComparison.Ordinal);
        Write("more.safetensors", tensors.Append(ConversionFiles.Random("stranger", 3)));
        error = Assert.Throws<WeightsException>(() => WeightsConversion.Convert(_folder["more.safetensors"], _folder["out.pth"]));
        Assert.EndsWith("holds tensors that the model does not know: stranger", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["out.pth"]));
    }

    [Fact]
    public void A_cancelled_conversion_leaves_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        foreach (var output in new[] { "out.pth", "out.safetensors", "out" })
            Assert.Throws<OperationCanceledException>(() => WeightsConversion.Convert(Pipeline, _folder[output], cancellation: cancellation.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_is_not_known_changes_its_container_alone()
    {
        Write("a.safetensors", [ConversionFiles.Random("one", 3), ConversionFiles.Random("two", 2, 2)]);
        WeightsConversion.Convert(_folder["a.safetensors"], _folder["a.bin"]);
        Assert.Equal(ConversionFiles.Contents(_folder["a.safetensors"]), ConversionFiles.Contents(_folder["a.bin"]));
    }

    // The pipeline's transformer, its elements read.
    static IEnumerable<TensorToWrite> AllTensors()
    {
        using var file = SafetensorsFile.Open(Path.Combine(Transformer, "diffusion_pytorch_model.safetensors"));
        return [.. file.Tensors.Values.Where(t => t.Name is not "pos_embed.pos_embed" && !t.Name.Contains("resolution_embedder", StringComparison.Ordinal) && !t.Name.Contains("aspect_ratio_embedder", StringComparison.Ordinal))
            .Select(t => TensorToWrite.FromBytes(t.Name, t.Type, t.Shape, file.Bytes(t.Name).ToArray()))];
    }

    void Write(string name, IEnumerable<TensorToWrite> tensors) => SafetensorsWriter.Write(_folder[name], tensors);
}
