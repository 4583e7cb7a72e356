using PixArt.Adapters;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Adapters;

/// <summary>The same adapter in every form that trainers write, and files that are refused.</summary>
public sealed class AdapterFileTests : IDisposable
{
    readonly LeakCheck _leak = new();
    readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _leak.Dispose();
    }

    static AdapterBuilder Made => new AdapterBuilder(7).LowRank("transformer_blocks.0.attn1.to_q", 12, 12)
        .LowRank("transformer_blocks.1.attn2.to_out.0", 12, 12).LowRank("transformer_blocks.0.ff.net.0.proj", 48, 12)
        .LowRank("adaln_single.linear", 72, 12).LowRank("proj_out", 16, 12);

    [Theory]
    [InlineData("peft", "base_model.model.{0}.lora_A.weight")]
    [InlineData("peft, before it is saved", "base_model.model.{0}.lora_A.default.weight")]
    [InlineData("diffusers", "transformer.{0}.lora_A.weight")]
    [InlineData("the PixArt repositories' scripts", "unet.base_model.model.{0}.lora_A.weight")]
    [InlineData("old diffusers", "unet.{0}.lora.down.weight")]
    [InlineData("a wrapped module", "module.{0}.lora_down.weight")]
    [InlineData("kohya", "lora_unet_{_}.lora_down.weight")]
    [InlineData("OneTrainer", "lora_transformer_{_}.lora_down.weight")]
    [InlineData("LyCORIS", "lycoris_{_}.lora_down.weight")]
    public void A_form_gives_what_the_bare_names_give(string form, string pattern)
    {
        var renamed = Made.Write(_folder["form.safetensors"], name =>
        {
            var layer = name[..name.IndexOf(".lora_", StringComparison.Ordinal)];
            var down = name.Contains("lora_A", StringComparison.Ordinal);
            var filled = pattern.Replace("{0}", layer, StringComparison.Ordinal).Replace("{_}", layer.Replace('.', '_'), StringComparison.Ordinal);
            return down ? filled : filled.Replace("lora_A", "lora_B", StringComparison.Ordinal)
                .Replace("lora_down", "lora_up", StringComparison.Ordinal).Replace("lora.down", "lora.up", StringComparison.Ordinal);
        });
        Same(Made.Write(_folder["bare.safetensors"]), renamed, form);
    }

    [Fact]
    public void A_PyTorch_file_gives_what_the_safetensors_file_gives() =>
        Same(Made.Write(_folder["bare.safetensors"]), Made.WritePickle(_folder["adapter.pth"]), "pth");

    [Fact]
    public void A_folder_of_peft_gives_what_its_file_gives()
    {
        Made.Write(_folder["adapter_model.safetensors"], name => "base_model.model." + name);
        File.WriteAllText(_folder["adapter_config.json"], """{ "peft_type": "LORA", "r": 2, "lora_alpha": 2 }""");
        Same(_folder["adapter_model.safetensors"], _folder.Path, "folder");
    }

    [Fact]
    public void Metadata_of_diffusers_tell_alpha()
    {
        var told = Made.Write(_folder["a.safetensors"], name => "transformer." + name, new(StringComparer.Ordinal)
        {
            ["lora_adapter_metadata"] = """{ "transformer.r": 2, "transformer.lora_alpha": 6, "transformer.use_rslora": false }""",
        });
        Same(Made.Write(_folder["bare.safetensors"]), told, "metadata", factor: 3);
    }

    [Theory]
    [InlineData("diffusion_model.blocks.0.{0}", '.')]
    [InlineData("lora_unet_blocks_0_{0}", '_')]
    public void A_layer_that_holds_query_key_and_value_as_one_goes_to_its_three_parts(string pattern, char dot)
    {
        var layer = pattern.Replace("{0}", $"attn{dot}qkv", StringComparison.Ordinal);
        var pair = pattern.Replace("{0}", $"cross_attn{dot}kv_linear", StringComparison.Ordinal);
        var made = new AdapterBuilder(3).Add(layer + ".lora_down.weight", 2, 12).Add(layer + ".lora_up.weight", 36, 2)
            .Add(pair + ".lora_down.weight", 2, 12).Add(pair + ".lora_up.weight", 24, 2);
        using var model = TinyTransformer.Create();
        using var adapter = Adapter.Open(made.Write(_folder["fused.safetensors"]));
        var stack = new AdapterStack([(adapter, 1)], AdapterStack.ParametersOf(model.Parameters));
        Check("attn1", ["to_q", "to_k", "to_v"], layer, 36);
        Check("attn2", ["to_k", "to_v"], pair, 24);

        void Check(string attention, string[] parts, string file, int rows)
        {
            var whole = Matrix.Product(made.Values(file + ".lora_up.weight"), made.Values(file + ".lora_down.weight"), rows, 2, 12);
            for (var part = 0; part < parts.Length; part++)
            {
                var name = $"transformer_blocks.0.{attention}.{parts[part]}.weight";
                using var merged = stack.Apply(name, model.Parameters[name]);
                var expected = Matrix.Add(Close.Doubles(model.Parameters[name]), whole[(part * 144)..((part + 1) * 144)], 1);
                Close.Assert(expected, Close.Doubles(merged), 1e-6, name);
            }
        }
    }

    [Fact]
    public void Original_names_are_understood()
    {
        var ours = new AdapterBuilder(3).LowRank("caption_projection.linear_1", 12, 8);
        var theirs = ours.Write(_folder["theirs.safetensors"], name => name.Replace("caption_projection.linear_1", "y_embedder.y_proj.fc1", StringComparison.Ordinal));
        Same(ours.Write(_folder["ours.safetensors"]), theirs, "original");
    }

    [Theory]
    [InlineData("transformer_blocks.7.attn1.to_q.lora_A.weight", "is for a layer 'transformer_blocks.7.attn1.to_q' that the transformer does not have")]
    [InlineData("scale_shift_table.lora_A.weight", "is for a layer 'scale_shift_table' that the transformer does not have")]
    public void A_layer_that_the_model_lacks_is_refused(string name, string message)
    {
        var made = new AdapterBuilder().Add(name, 2, 12).Add(name.Replace("lora_A", "lora_B", StringComparison.Ordinal), 12, 2);
        Refused(made, name, message, fit: true);
    }

    [Fact]
    public void A_shape_that_does_not_fit_is_refused_with_both_shapes()
    {
        var made = new AdapterBuilder().LowRank("proj_out", 16, 13);
        Refused(made, "proj_out.lora_B.weight", "makes a change of [16, 13], expected [16, 12] as 'proj_out.weight' is [16, 12]", fit: true);
    }

    [Fact]
    public void Factors_that_do_not_multiply_are_refused()
    {
        var made = new AdapterBuilder().Add("proj_out.lora_A.weight", 3, 12).Add("proj_out.lora_B.weight", 16, 2);
        Refused(made, "proj_out.lora_B.weight", "has shape [16, 2], expected 3 columns as 'proj_out.lora_A.weight' is [3, 12]", fit: false);
    }

    [Fact]
    public void Lengths_of_another_layer_are_refused()
    {
        var made = new AdapterBuilder().LowRank("proj_out", 16, 12).Add("proj_out.lora_magnitude_vector", 12);
        Refused(made, "proj_out.lora_magnitude_vector", "has 12 lengths, expected 16 as 'proj_out.weight' is [16, 12]", fit: true);
    }

    [Theory]
    [InlineData("proj_out.lora_A.weight", "'proj_out.lora_B.weight'")]
    [InlineData("base_model.model.proj_out.lora_B.default.weight", "'base_model.model.proj_out.lora_A.default.weight'")]
    [InlineData("lora_unet_proj_out.lora_up.weight", "'lora_unet_proj_out.lora_down.weight'")]
    [InlineData("unet.proj_out.lora.down.weight", "'unet.proj_out.lora.up.weight'")]
    [InlineData("proj_out.hada_w1_a", "'proj_out.hada_w1_b'")]
    [InlineData("proj_out.hada_w2_a", "'proj_out.hada_w1_a'")]
    [InlineData("proj_out.lokr_w1", "'proj_out.lokr_w2'")]
    [InlineData("proj_out.lokr_w1_a", "'proj_out.lokr_w1_b'")]
    [InlineData("proj_out.dora_scale", "'proj_out.lora_B.weight' or 'proj_out.lora_up.weight' or 'proj_out.lora.up.weight'")]
    public void A_factor_without_its_partner_is_refused(string name, string partner) =>
        Refused(new AdapterBuilder().Add(name, 2, 12), name, $"stands without its partner {partner}", fit: false);

    [Fact]
    public void A_factor_that_is_no_matrix_is_refused()
    {
        var made = new AdapterBuilder().Add("proj_out.lora_A.weight", 12).Add("proj_out.lora_B.weight", 16, 2);
        Refused(made, "proj_out.lora_A.weight", "has shape [12], expected a matrix", fit: false);
    }

    [Theory]
    [InlineData(2, 1f, "has shape [2], expected one number")]
    [InlineData(1, float.NaN, "is NaN, expected a finite number")]
    [InlineData(1, float.PositiveInfinity, "is Infinity, expected a finite number")]
    public void An_alpha_that_is_no_number_is_refused(int count, float value, string message) => Refused(
        new AdapterBuilder().LowRank("proj_out", 16, 12).Set("proj_out.alpha", [count], [.. Enumerable.Repeat(value, count)]), "proj_out.alpha", message, fit: false);

    [Fact]
    public void Two_products_of_different_sizes_are_refused()
    {
        var made = new AdapterBuilder().Add("proj_out.hada_w1_a", 16, 2).Add("proj_out.hada_w1_b", 2, 12).Add("proj_out.hada_w2_a", 16, 2).Add("proj_out.hada_w2_b", 2, 10);
        Refused(made, "proj_out.hada_w2_a", "belongs to a matrix [16, 10], expected [16, 12] as the first one", fit: false);
    }

    [Fact]
    public void A_tensor_of_something_else_is_refused() =>
        Refused(new AdapterBuilder().LowRank("proj_out", 16, 12).Add("proj_out.weight", 16, 12), "proj_out.weight", "is not a tensor of a LoRA, DoRA, LoHa or LoKr adapter", fit: false);

    [Fact]
    public void The_same_tensor_under_two_names_is_refused()
    {
        var made = new AdapterBuilder().LowRank("proj_out", 16, 12).Add("transformer.proj_out.lora_A.weight", 2, 12);
        Refused(made, "transformer.proj_out.lora_A.weight", "says the same as 'proj_out.lora_A.weight'", fit: false);
    }

    [Fact]
    public void A_folder_without_an_adapter_is_refused() =>
        Assert.Contains("holds no adapter", Assert.Throws<WeightsException>(() => Adapter.Open(_folder.Path)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_broken_alpha_of_the_configuration_is_refused()
    {
        Made.Write(_folder["adapter_model.safetensors"]);
        File.WriteAllText(_folder["adapter_config.json"], """{ "r": 2, "lora_alpha": -1 }""");
        var error = Assert.Throws<InvalidSettingException>(() => Adapter.Open(_folder.Path));
        Assert.Contains("lora_alpha is -1, expected a number above 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_pattern_of_the_configuration_is_refused()
    {
        Made.Write(_folder["adapter_model.safetensors"]);
        File.WriteAllText(_folder["adapter_config.json"], """{ "r": 2, "rank_pattern": { "to_q(": 4 } }""");
        var error = Assert.Throws<InvalidSettingException>(() => Adapter.Open(_folder.Path));
        Assert.EndsWith("rank_pattern is 'to_q(', expected names of layers or regular expressions", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_takes_too_long_is_refused()
    {
        Made.Write(_folder["adapter_model.safetensors"]);
        File.WriteAllText(_folder["adapter_config.json"], """{ "r": 2, "rank_pattern": { "(.*a?)*(.*b?)*(.*c?)*(.*d?)*(.*e?)*(.*f?)*[A-Z]": 4 } }""");
        using var model = TinyTransformer.Create();
        using var adapter = Adapter.Open(_folder.Path);
        var stack = new AdapterStack([(adapter, 1)], AdapterStack.ParametersOf(model.Parameters));
        const string name = "transformer_blocks.0.attn1.to_q.weight";
        var error = Assert.Throws<InvalidSettingException>(() => stack.Apply(name, model.Parameters[name]));
        Assert.Equal($"{_folder["adapter_config.json"]}: pattern is '^(.*\\.)?((.*a?)*(.*b?)*(.*c?)*(.*d?)*(.*e?)*(.*f?)*[A-Z])$', expected a pattern that is quickly matched", error.Message);
    }

    [Fact]
    public void Metadata_that_are_no_JSON_are_refused()
    {
        var path = Made.Write(_folder["a.safetensors"], metadata: new(StringComparer.Ordinal) { ["lora_adapter_metadata"] = "{ r: 2" });
        Assert.Contains("lora_adapter_metadata", Assert.ThrowsAny<PixArtException>(() => Adapter.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_a_model_are_not_those_of_an_adapter()
    {
        Assert.False(Adapter.Recognises(["proj_out.weight"]));
        Assert.False(Adapter.Recognises([]));
        Assert.True(Adapter.Recognises(Made.Tensors.Keys));
    }

    void Refused(AdapterBuilder made, string tensor, string message, bool fit)
    {
        using var model = TinyTransformer.Create();
        var path = made.Write(_folder["refused.safetensors"]);
        var error = Assert.Throws<WeightsException>(() =>
        {
            using var adapter = Adapter.Open(path);
            if (fit) _ = new AdapterStack([(adapter, 1)], AdapterStack.ParametersOf(model.Parameters));
        });
        Assert.Equal($"{path}: tensor '{tensor}': {message}", error.Message);
    }

    void Same(string expected, string found, string label, double factor = 1)
    {
        using var model = TinyTransformer.Create();
        using var first = Adapter.Open(expected);
        using var second = Adapter.Open(found);
        var parameters = AdapterStack.ParametersOf(model.Parameters).ToArray();
        var (one, other) = (new AdapterStack([(first, factor)], parameters), new AdapterStack([(second, 1)], parameters));
        Assert.Equal(one.Reports[0].Parameters, other.Reports[0].Parameters);
        Assert.Equal(first.ToString(), second.ToString());
        Assert.NotEmpty(one.Parameters);
        foreach (var name in one.Parameters)
        {
            using var scope = TensorScope.Begin();
            Close.Assert(one.Apply(name, model.Parameters[name]), other.Apply(name, model.Parameters[name]), 1e-7, $"{label}: {name}");
        }
    }
}
