using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Tests.Weights;

public sealed class KeyMapTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static byte[] BytesOf(TensorToWrite tensor)
    {
        using var memory = new MemoryStream();
        tensor.WriteBytes(memory);
        return memory.ToArray();
    }

    static TensorToWrite Tensor(string name, params long[] shape)
    {
        var bytes = new byte[4 * shape.Aggregate(1L, (p, s) => p * s)];
        new Random(name.Length).NextBytes(bytes);
        return TensorToWrite.FromBytes(name, StoredType.F32, shape, bytes);
    }

    [Theory]
    [GoldenEntries("original/pixart_", "original/train_")]
    public void Original_names_map_as_the_reference_converter_maps_them(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        if (golden.Json.Optional("key_mapping") is not { } mapping) return;
        foreach (var key in mapping.EnumerateObject())
        {
            var found = KeyMaps.PixArtOriginal.ToForeign(key.Name);
            Assert.NotNull(found);
            Assert.Equal(key.Value.GetProperty("from").GetString(), found.Name);
            var ours = KeyMaps.PixArtOriginal.FromForeign(found.Name)!;
            Assert.Equal(found.Parts, ours.Count);
            Assert.Equal(key.Name, ours[found.Part]);
            if (key.Value.Optional("rows") is not { } rows)
            {
                Assert.Equal(1, found.Parts);
                continue;
            }

            var each = golden.Shape($"w_orig/{found.Name}")[0] / found.Parts;
            Assert.Equal([found.Part * each, (found.Part + 1) * each], rows.Integers());
        }
    }

    [Theory]
    [GoldenEntries("original/pixart_", "original/train_")]
    public void Converted_weights_are_the_reference_converters_and_convert_back(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        string[] original = [.. golden.TensorNames.Where(n => n.StartsWith("w_orig/", StringComparison.Ordinal))];
        if (original.Length == 0) return;
        PickleWriter.Write(_folder["a.pth"], original.Select(n => TensorToWrite.FromBytes(
            "module." + n["w_orig/".Length..], golden.Tensors[n].Type, golden.Tensors[n].Shape, golden.Tensors.Bytes(n).ToArray())));

        using var source = WeightsSource.OpenModel(_folder["a.pth"]);
        foreach (var name in golden.TensorNames.Where(n => n.StartsWith("w/", StringComparison.Ordinal)))
        {
            using var loaded = source.Load(name[2..], golden.Shape(name), PixArt.Torch.ScalarType.Float32, PixArt.Torch.Device.Cpu);
            Assert.NotNull(loaded);
            Close.Assert(golden.Doubles(name), Close.Doubles(loaded), 0, $"{entry}\t{name}");
        }

        if (golden.TensorNames.Any(n => n.StartsWith("w/", StringComparison.Ordinal))) source.EnsureAllUsed();
        var back = KeyMaps.PixArtOriginal.ToForeign(source.ToWrite()).ToDictionary(t => t.Name, StringComparer.Ordinal);
        Assert.Equal(original.Length, back.Count);
        foreach (var name in original)
        {
            var tensor = back[name["w_orig/".Length..]];
            Assert.Equal(golden.Shape(name), tensor.Shape);
            Assert.Equal(golden.Tensors.Bytes(name).ToArray(), BytesOf(tensor));
        }
    }

    [Theory]
    [GoldenEntries("vae/sd", "vae/noquant")]
    public void Autoencoder_in_the_stable_diffusion_layout_loads_under_our_names(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        var levels = golden.Config.GetProperty("block_out_channels").GetArrayLength();
        var map = KeyMaps.StableDiffusionVae(levels);
        TensorToWrite[] ours = [.. golden.TensorNames.Where(n => n.StartsWith("w/", StringComparison.Ordinal)).Select(n => TensorToWrite.FromBytes(
            n[2..], golden.Tensors[n].Type, golden.Tensors[n].Shape, golden.Tensors.Bytes(n).ToArray()))];
        var theirs = map.ToForeign(ours);
        Assert.All(ours, t => Assert.NotNull(map.ToForeign(t.Name)));
        Assert.Contains(theirs, t => t.Name is "decoder.up.0.block.0.norm1.weight");
        SafetensorsWriter.Write(_folder["sd"], theirs.Select(t => t with { Name = "first_stage_model." + t.Name }));

        using var source = WeightsSource.OpenModel(_folder["sd"]);
        foreach (var tensor in ours)
        {
            Assert.Equal(tensor.Shape, source.Find(tensor.Name)!.Shape);
            using var loaded = source.Read(tensor.Name);
            Close.Assert(golden.Doubles("w/" + tensor.Name), Close.Doubles(loaded), 0, $"{entry}\t{tensor.Name}");
        }

        source.EnsureAllUsed();
    }

    [Fact]
    public void Decoder_levels_count_from_the_other_end_and_attention_is_convolution_there()
    {
        var map = KeyMaps.StableDiffusionVae(4);
        Assert.Equal("decoder.up.3.block.2.conv1.weight", map.ToForeign("decoder.up_blocks.0.resnets.2.conv1.weight")!.Name);
        Assert.Equal(["decoder.up_blocks.3.resnets.0.conv_shortcut.bias"], map.FromForeign("decoder.up.0.block.0.nin_shortcut.bias"));
        var there = Assert.Single(map.ToForeign([Tensor("encoder.mid_block.attentions.0.to_out.0.weight", 8, 8)]));
        Assert.Equal("encoder.mid.attn_1.proj_out.weight", there.Name);
        Assert.Equal([8L, 8, 1, 1], there.Shape);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Older_attention_names_load_as_linear_layers(bool convolutions)
    {
        long[] shape = convolutions ? [8, 8, 1, 1] : [8, 8];
        string[] old = ["query", "key", "value", "proj_attn"];
        SafetensorsWriter.Write(_folder["old"], old
            .Select(n => Tensor($"encoder.mid_block.attentions.0.{n}.weight", shape))
            .Append(Tensor("encoder.mid_block.attentions.0.group_norm.weight", 8)).Append(Tensor("encoder.conv_in.weight", 8, 3, 3, 3)));
        using var source = WeightsSource.OpenModel(_folder["old"]);
        foreach (var name in new[] { "to_q", "to_k", "to_v", "to_out.0" })
            Assert.Equal([8L, 8], source.Find($"encoder.mid_block.attentions.0.{name}.weight")!.Shape);
        Assert.True(source.Has("encoder.mid_block.attentions.0.group_norm.weight"));
        Assert.True(source.Has("encoder.conv_in.weight"));
    }

    [Theory]
    [InlineData("", "encoder.")]
    [InlineData("text_encoders.t5xxl.transformer.", "encoder.")]
    [InlineData("", "")]
    [InlineData("module.", "")]
    public void T5_is_found_with_wrappers_and_as_a_bare_stack(string wrapper, string encoder)
    {
        SafetensorsWriter.Write(_folder["t5"], new[] { "embed_tokens.weight", "block.0.layer.0.SelfAttention.q.weight", "block.0.layer.1.DenseReluDense.wi_0.weight", "final_layer_norm.weight" }
            .Select(n => Tensor($"{wrapper}{encoder}{n}", 2, 2)));
        using var source = WeightsSource.OpenModel(_folder["t5"]);
        foreach (var name in new[] { "embed_tokens.weight", "block.0.layer.0.SelfAttention.q.weight", "block.0.layer.1.DenseReluDense.wi_0.weight", "final_layer_norm.weight" })
            Assert.True(source.Has($"encoder.{name}"), name);
    }

    [Fact]
    public void ControlNet_names_map_both_ways()
    {
        var map = KeyMaps.PixArtControlNet;
        Assert.Equal("base_model.blocks.3.attn.qkv.weight", map.ToForeign("transformer_blocks.3.attn1.to_k.weight")!.Name);
        Assert.Equal("controlnet.7.copied_block.cross_attn.kv_linear.bias", map.ToForeign("controlnet_blocks.7.transformer_block.attn2.to_v.bias")!.Name);
        Assert.Equal(["controlnet_blocks.12.transformer_block.scale_shift_table"], map.FromForeign("controlnet.12.copied_block.scale_shift_table"));
        Assert.Equal(["controlnet_blocks.0.before_proj.weight"], map.FromForeign("controlnet.0.before_proj.weight"));
        Assert.Equal("controlnet.12.after_proj.bias", map.ToForeign("controlnet_blocks.12.after_proj.bias")!.Name);
    }

    [Fact]
    public void Left_out_tensors_are_not_left_over_and_can_be_read()
    {
        using var leak = new LeakCheck();
        SafetensorsWriter.Write(_folder["a"], [Tensor("x_embedder.proj.weight", 2, 2), Tensor("y_embedder.y_embedding", 3, 4), Tensor("strange", 1)]);
        using var source = WeightsSource.OpenModel(_folder["a"]);
        source.Read("pos_embed.proj.weight").Dispose();
        Assert.Equal("strange", Assert.Single(source.Unused));
        using var embedding = source.Read("y_embedder.y_embedding");
        Assert.Equal([3L, 4], embedding.Shape);
    }

    [Fact]
    public void Fused_tensor_that_three_does_not_divide_is_named()
    {
        SafetensorsWriter.Write(_folder["a"], [Tensor("x_embedder.proj.weight", 2, 2), Tensor("blocks.0.attn.qkv.bias", 4)]);
        var error = Assert.Throws<WeightsException>(() => WeightsSource.OpenModel(_folder["a"]));
        Assert.EndsWith("tensor 'blocks.0.attn.qkv.bias': has shape [4], expected a first dimension that 3 divides", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_shape_of_a_part_names_both_names()
    {
        SafetensorsWriter.Write(_folder["a"], [Tensor("x_embedder.proj.weight", 2, 2), Tensor("blocks.0.attn.qkv.bias", 6)]);
        using var source = WeightsSource.OpenModel(_folder["a"]);
        var error = Assert.Throws<WeightsException>(() =>
            source.Load("transformer_blocks.0.attn1.to_k.bias", [3], PixArt.Torch.ScalarType.Float32, PixArt.Torch.Device.Cpu));
        Assert.Contains("has shape [2], expected [3] (in the file: 'blocks.0.attn.qkv.bias')", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_part_cannot_be_fused()
    {
        var error = Assert.Throws<WeightsException>(() => KeyMaps.PixArtOriginal.ToForeign(
            [Tensor("transformer_blocks.0.attn1.to_q.bias", 2), Tensor("transformer_blocks.0.attn1.to_v.bias", 2)]));
        Assert.Contains("'blocks.0.attn.qkv.bias': lacks its part 2 of 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_that_do_not_fit_each_other_are_told()
    {
        var error = Assert.Throws<WeightsException>(() => KeyMaps.PixArtOriginal.ToForeign(
            [.. "qkv".Select((part, i) => Tensor($"transformer_blocks.0.attn1.to_{part}.bias", 2 + (i / 2)))]));
        Assert.EndsWith("tensor 'blocks.0.attn.qkv.bias': is of parts F32 [2], F32 [2], F32 [3], expected one type and shape", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_tensors_of_one_foreign_name_are_told()
    {
        var error = Assert.Throws<WeightsException>(() => KeyMaps.PixArtOriginal.ToForeign(
            [Tensor("pos_embed.proj.weight", 2), Tensor("x_embedder.proj.weight", 2)]));
        Assert.EndsWith("tensor 'x_embedder.proj.weight': is 'x_embedder.proj.weight' there, which another tensor is too", error.Message, StringComparison.Ordinal);
    }
}
