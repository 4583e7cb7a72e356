using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Tests.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Pipelines;

public sealed class ModelQuantizationTests : IDisposable
{
    // Shaped so that matrices are nearly all of it, as in the real one.
    static readonly T5EncoderConfig s_text = SmallModels.TextEncoder with { DModel = 64, DKv = 16, NumHeads = 4, DFf = 160, NumLayers = 3, VocabSize = 8 };

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static string Original => GoldenSet.Open().PathOf(
        GoldenSet.Open().Entries.First(e => e.IsFolder && e.Name.StartsWith("pipelines/", StringComparison.Ordinal)).Name);

    string TextEncoder(ScalarType type)
    {
        var folder = _folder["encoder"];
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), s_text.ToJson());
        using var model = new T5Encoder(s_text, SmallModels.Store());
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"), model.Parameters.Names.Select(n => KeyValuePair.Create(n, model.Parameters[n])), type: type);
        return folder;
    }

    static Tensor Features(string folder, bool keepStored, bool streamed = false)
    {
        using var noGrad = GradMode.Disable();
        using var source = new ComponentFolder(folder).OpenWeights();
        using var model = new T5Encoder(s_text, new ParameterStore(source, keepStored: keepStored), streamed);
        source.EnsureAllUsed();
        using var ids = Tensor.FromArray([4L, 2, 5, 1], 1, 4);
        return model.Forward(ids);
    }

    [Fact]
    public void A_text_encoder_takes_half_the_bytes_and_gives_nearly_the_same_features()
    {
        using var leak = new LeakCheck();
        var original = TextEncoder(ScalarType.BFloat16);
        var made = Assert.Single(ModelQuantization.Write(original, _folder["small"]));
        Assert.Equal("encoder", made.Name);
        Assert.InRange((double)made.BytesAfter / made.BytesBefore, 0.45, 0.58);
        using var expected = Features(original, keepStored: false);
        using var integers = Features(_folder["small"], keepStored: true);
        using var streamed = Features(_folder["small"], keepStored: true, streamed: true);
        using var dense = Features(_folder["small"], keepStored: false);
        Close.Assert(expected, integers, 0.05, "quantised");
        Close.Assert(integers, streamed, 1e-6, "streamed");
        // Scaled after the product or before it: the same but for rounding.
        Close.Assert(integers, dense, 1e-5, "expanded when loaded");
    }

    [Fact]
    public async Task A_model_folder_makes_nearly_the_same_picture()
    {
        var made = ModelQuantization.Write(Original, _folder["small"]);
        Assert.Equal(["text_encoder", "transformer"], made.Select(m => m.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        using var source = new ComponentFolder(Path.Combine(_folder["small"], "transformer")).OpenWeights();
        var query = source.Find("transformer_blocks.0.attn1.to_q.weight")!;
        Assert.Equal((StoredType.I8, StoredType.F32), (query.Type, source.Find("transformer_blocks.0.attn1.to_q.weight_scale")!.Type));
        Assert.Equal([query.Shape[0], 1], source.Find("transformer_blocks.0.attn1.to_q.weight_scale")!.Shape);
        Assert.Equal(StoredType.F32, source.Find("pos_embed.proj.weight")!.Type);
        var request = new GenerationRequest { Prompts = ["a fox"], Steps = 3, Seed = 5 };
        using var original = await PixArtPipeline.LoadAsync(Original);
        using var small = await PixArtPipeline.LoadAsync(_folder["small"]);
        using var expected = await original.SampleAsync(request);
        using var actual = await small.SampleAsync(request);
        Close.Assert(expected, actual, 0.15, "latents"); // random weights amplify what trained ones do not
    }

    [Fact]
    public void One_component_may_be_quantised_alone()
    {
        var made = ModelQuantization.Write(Original, _folder["small"], ["text_encoder"]);
        Assert.Equal("text_encoder", Assert.Single(made).Name);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(Original, "transformer", "diffusion_pytorch_model.safetensors")),
            File.ReadAllBytes(Path.Combine(_folder["small"], "transformer", "diffusion_pytorch_model.safetensors")));
    }

    [Fact]
    public void What_cannot_be_is_told_and_leaves_nothing()
    {
        using var leak = new LeakCheck();
        var original = TextEncoder(ScalarType.Float32);
        Assert.Contains("'vae'", Refused(Original, ["vae"]), StringComparison.Ordinal);
        Assert.Contains("of another kind", Refused(Path.Combine(Original, "vae"), null), StringComparison.Ordinal);
        ModelQuantization.Write(original, _folder["once"]);
        Assert.Contains("8-bit integers already", Refused(_folder["once"], null), StringComparison.Ordinal);
        Assert.Contains("not there yet", Assert.Throws<InvalidSettingException>(() => ModelQuantization.Write(original, _folder["once"])).Message, StringComparison.Ordinal);
        Assert.Equal(["encoder", "once"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public void A_weight_that_is_no_number_is_named()
    {
        var original = TextEncoder(ScalarType.Float32);
        var file = Path.Combine(original, "model.safetensors");
        using (var weights = WeightsFile.Open(file))
        {
            var bytes = File.ReadAllBytes(file);
            BitConverter.GetBytes(float.NaN).CopyTo(bytes, weights["encoder.block.1.layer.1.DenseReluDense.wo.weight"].Offset);
            File.WriteAllBytes(file, bytes);
        }
        Assert.Equal(
            $"{file}: tensor 'encoder.block.1.layer.1.DenseReluDense.wo.weight': cannot become 8-bit integers: matrix is 'an infinite element, or one that is not a number', expected finite elements",
            Refused(original, null));
    }

    string Refused(string model, string[]? components)
    {
        var error = Assert.ThrowsAny<PixArtException>(() => ModelQuantization.Write(model, _folder["refused"], components));
        Assert.False(Directory.Exists(_folder["refused"]));
        return error.Message;
    }
}
