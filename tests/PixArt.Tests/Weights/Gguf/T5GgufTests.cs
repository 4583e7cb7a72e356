using PixArt.Fuzz;
using PixArt.Models;
using PixArt.Tests.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Weights.Gguf;

/// <summary>T5 encoders as llama.cpp writes them.</summary>
public sealed class T5GgufTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [GoldenEntries("t5/")]
    public void Plain_weights_give_the_golden_features(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        Write(golden, _folder["t5.gguf"], quantise: false);
        using var weights = Open();
        using var model = new T5Encoder(Config(golden), new ParameterStore(weights));
        Assert.NotEqual(0, Compare(golden, model, 1e-5));
    }

    [Theory]
    [GoldenEntries("t5/")]
    public void Q8_0_gives_what_the_unpacked_weights_give_and_is_near_the_golden(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        Write(golden, _folder["t5.gguf"], quantise: true);
        using var weights = Open();
        Assert.Equal("Q8_0", weights.Find("encoder.block.0.layer.0.SelfAttention.q.weight")!.TypeName);
        SafetensorsWriter.Write(_folder["model.safetensors"], weights.ToWrite());
        using var unpacked = WeightsSource.Open(_folder["model.safetensors"]);
        using var packed = new T5Encoder(Config(golden), new ParameterStore(weights));
        using var plain = new T5Encoder(Config(golden), new ParameterStore(unpacked));
        foreach (var name in plain.Parameters.Names) Assert.Equal(Close.Doubles(plain.Parameters[name]), Close.Doubles(packed.Parameters[name]));
        Assert.NotEqual(0, Compare(golden, packed, 5e-2));
    }

    [Theory]
    [GoldenEntries("t5/")]
    public void A_folder_with_a_gguf_file_alone_tells_its_own_shape(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        Write(golden, _folder["t5xxl-Q8_0.gguf"], quantise: true);
        using var weights = new ComponentFolder(_folder.Path).OpenWeights();
        var expected = Config(golden);
        // Not in the weights: what every T5 has.
        Assert.Equal(expected with { RelativeAttentionMaxDistance = 128, LayerNormEpsilon = 1e-6 }, T5EncoderConfig.FromWeights(weights));
    }

    [Fact]
    public void Of_several_gguf_files_the_variant_chooses()
    {
        foreach (var name in new[] { "t5-Q4_K_M.gguf", "t5-Q8_0.gguf" }) File.WriteAllText(_folder[name], "");
        var folder = new ComponentFolder(_folder.Path);
        Assert.Equal([_folder["t5-Q8_0.gguf"]], folder.WeightFiles("q8_0"));
        var error = Assert.Throws<WeightsException>(() => folder.WeightFiles());
        Assert.EndsWith("has several GGUF files (t5-Q4_K_M.gguf, t5-Q8_0.gguf); a variant that is part of a name chooses one", error.Message, StringComparison.Ordinal);
    }

    WeightsSource Open() => WeightsSource.OpenModel(_folder["t5.gguf"]);

    static T5EncoderConfig Config(Golden golden) => T5EncoderConfig.Read(ConfigJson.Parse(golden.Config.GetRawText(), golden.Name));

    static int Compare(Golden golden, T5Encoder model, double tolerance)
    {
        using var noGrad = GradMode.Disable();
        var compared = 0;
        foreach (var name in golden.CaseNames)
        {
            using var tensors = new CaseTensors(golden, name);
            if (!tensors.Has("out/last_hidden_state")) continue;
            using var features = model.Forward(tensors["in/input_ids"], tensors.Optional("in/attention_mask"));
            tensors.Assert("out/last_hidden_state", features, tolerance);
            compared++;
        }

        return compared;
    }

    // As llama.cpp's converter does: its names, matrices packed where their rows are whole blocks, vectors plain.
    static void Write(Golden golden, string path, bool quantise)
    {
        var map = KeyMaps.GgufT5(gated: golden.Has("w/encoder.block.0.layer.1.DenseReluDense.wi_0.weight"));
        var builder = new GgufBuilder().Setting("general.architecture", "t5encoder");
        foreach (var name in golden.TensorNames.Where(n => n.StartsWith("w/", StringComparison.Ordinal)))
        {
            var (theirs, shape) = (map.ToForeign(name[2..])!.Name, golden.Shape(name));
            var bytes = golden.Tensors.Bytes(name);
            var packs = quantise && shape.Length == 2 && shape[1] % 32 == 0;
            builder.Tensor(theirs, shape, packs ? 8u : 0, packs ? Quantizer.Q8(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes)) : bytes.ToArray());
        }

        builder.Write(path);
    }
}
