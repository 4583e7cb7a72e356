using PixArt.Weights;

namespace PixArt.Tests.Weights;

public sealed class ModelFolderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    void Put(string name, string content = "")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], content);
    }

    string[] Files(string? variant = null) =>
        [.. new ComponentFolder(_folder["transformer"]).WeightFiles(variant).Select(f => Path.GetFileName(f))];

    [Fact]
    public void Golden_folders_open_with_all_their_components()
    {
        foreach (var entry in GoldenSet.Open().Entries.Where(e => e.IsFolder))
        {
            var model = ModelFolder.Open(GoldenSet.Open().PathOf(entry.Name));
            Assert.NotNull(model.ClassName);
            Assert.NotEmpty(model.Components);
            foreach (var component in model.Components.Values.Where(c => c.IsThere))
            {
                Assert.True(model.Has(component.Name));
                var folder = model.Component(component.Name);
                Assert.True(folder.HasConfig);
                if (component.Name is not ("transformer" or "vae" or "text_encoder")) continue;
                Assert.NotNull(folder.Config().ClassName);
                using var weights = SafetensorsFile.Open(Assert.Single(folder.WeightFiles()));
                Assert.NotEmpty(weights.Tensors);
            }
        }
    }

    [Fact]
    public void Optional_components_and_unknown_fields_are_tolerated()
    {
        Put("model_index.json", """
            {"_class_name":"PixArtSigmaPipeline","feature_extractor":[null,null],"safety_checker":["null","null"],
             "transformer":["diffusers","PixArtTransformer2DModel"],"force_zeros_for_empty_prompt":true,"note":{"x":-Infinity}}
            """);
        Put("transformer/config.json", "{}");
        var model = ModelFolder.Open(_folder.Path);
        Assert.Equal("PixArtSigmaPipeline", model.ClassName);
        Assert.False(model.Has("feature_extractor"));
        Assert.False(model.Has("safety_checker"));
        Assert.False(model.Has("vae"));
        Assert.True(model.Has("transformer"));
        var error = Assert.Throws<WeightsException>(() => model.Component("vae"));
        Assert.Contains("names no component 'vae'; it has transformer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_folder_index_or_component_is_one_line()
    {
        Assert.EndsWith("there is no such model folder", Assert.Throws<WeightsException>(() => ModelFolder.Open(_folder["none"])).Message, StringComparison.Ordinal);
        Assert.EndsWith("it has no model_index.json", Assert.Throws<WeightsException>(() => ModelFolder.Open(_folder.Path)).Message, StringComparison.Ordinal);
        Put("model_index.json", """{"vae":["diffusers","AutoencoderKL"]}""");
        var error = Assert.Throws<WeightsException>(() => ModelFolder.Open(_folder.Path).Component("vae"));
        Assert.Equal($"{_folder["vae"]}: there is no such folder", error.Message);
    }

    [Fact]
    public void Variant_is_preferred_when_there_and_plain_files_serve_when_not()
    {
        Put("transformer/diffusion_pytorch_model.safetensors");
        Put("transformer/diffusion_pytorch_model.fp16.safetensors");
        Put("transformer/diffusion_pytorch_model.bin");
        Assert.Equal(["diffusion_pytorch_model.safetensors"], Files());
        Assert.Equal(["diffusion_pytorch_model.fp16.safetensors"], Files("fp16"));
        Assert.Equal(["diffusion_pytorch_model.safetensors"], Files("bf16"));
    }

    [Theory]
    [InlineData("model.safetensors.index.json", null)]
    [InlineData("diffusion_pytorch_model.safetensors.index.fp16.json", "fp16")]
    [InlineData("pytorch_model.bin.index.json", null)]
    public void Shards_of_an_index_come_in_order(string index, string? variant)
    {
        Put($"transformer/{index}", """{"metadata":{"total_size":1},"weight_map":{"b":"s-2","a":"s-1","c":"s-2"}}""");
        Put("transformer/s-1");
        Put("transformer/s-2");
        Assert.Equal(["s-1", "s-2"], Files(variant));
        File.Delete(_folder["transformer/s-2"]);
        var error = Assert.Throws<WeightsException>(() => Files(variant));
        Assert.Equal(WeightsErrorKind.NotFound, error.Kind);
        Assert.Equal($"{_folder["transformer/s-2"]}: there is no such file, but {index} names it", error.Message);
    }

    [Theory]
    [InlineData("../s-1")]
    [InlineData("/etc/hostname")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a\\\\b")]
    public void Index_cannot_point_out_of_its_folder(string file)
    {
        Put("transformer/model.safetensors.index.json", $$$"""{"weight_map":{"a":"{{{file}}}"}}""");
        Put("s-1");
        var error = Assert.Throws<WeightsException>(() => Files());
        Assert.Equal(WeightsErrorKind.InvalidJson, error.Kind);
        Assert.Equal($"{_folder["transformer/model.safetensors.index.json"]}: tensor 'a': its file is \"{file}\", expected a file name", error.Message);
    }

    [Theory]
    [InlineData("""{}""", "'weight_map' is missing, expected an object")]
    [InlineData("""{"weight_map":{}}""", "'weight_map' is empty")]
    [InlineData("""{"weight_map":{"a":"s-1","a":"s-2"}}""", "tensor 'a': appears twice in 'weight_map'")]
    [InlineData("""{"weight_map":{"a":7}}""", "tensor 'a': its file is 7, expected a file name")]
    public void An_index_that_says_nothing_of_use_is_refused(string index, string message)
    {
        Put("transformer/model.safetensors.index.json", index);
        Put("transformer/s-1");
        Put("transformer/s-2");
        Assert.Equal($"{_folder["transformer/model.safetensors.index.json"]}: {message}", Assert.Throws<WeightsException>(() => Files()).Message);
    }

    [Fact]
    public void No_weights_names_what_was_looked_for_and_what_is_there()
    {
        Put("transformer/other.safetensors");
        var error = Assert.Throws<WeightsException>(() => Files());
        Assert.Equal(
            $"{_folder["transformer/diffusion_pytorch_model.safetensors"]}: there are no weights of this name; the folder has other.safetensors",
            error.Message);
    }
}
