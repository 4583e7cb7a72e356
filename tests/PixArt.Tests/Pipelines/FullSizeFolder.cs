using System.Text;
using System.Text.Json.Nodes;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Pipelines;

/// <summary>A model folder with the headers of full-size weights; their elements are holes in the files, which take no room.</summary>
static class FullSizeFolder
{
    public static void Write(string folder, int layers, ScalarType transformer)
    {
        var original = GoldenSet.Open().PathOf(
            GoldenSet.Open().Entries.First(e => e.IsFolder && e.Name.StartsWith("pipelines/", StringComparison.Ordinal)).Name);
        foreach (var name in (string[])["model_index.json", "tokenizer", "scheduler"]) Copy(Path.Combine(original, name), Path.Combine(folder, name));
        var (shape, text, pictures) = (new PixArtTransformerConfig { NumLayers = layers }, new T5EncoderConfig(), new AutoencoderKLConfig());
        Component(folder, "transformer", shape.ToJson(), transformer, store => new PixArtTransformer(shape, store));
        Component(folder, "text_encoder", text.ToJson(), ScalarType.BFloat16, store => new T5Encoder(text, store));
        Component(folder, "vae", pictures.ToJson(), ScalarType.Float32, store => new AutoencoderKL(pictures, store));
    }

    /// <summary>A ControlNet's component folder.</summary>
    public static void WriteControl(string folder, int blocks)
    {
        var (shape, control) = (new PixArtTransformerConfig(), new PixArtControlNetConfig { NumLayers = blocks });
        Component(Path.GetDirectoryName(folder)!, Path.GetFileName(folder), control.For(shape).ToJson(), ScalarType.Float32, store => new PixArtControlNet(control.For(shape), shape, store));
    }

    /// <summary>A consistency decoder's component folder.</summary>
    public static void WriteDecoder(string folder) => Component(
        Path.GetDirectoryName(folder)!, Path.GetFileName(folder), """{"_class_name": "ConsistencyDecoderVAE"}""", ScalarType.Float32,
        store => new ConsistencyDecoder(new(), store));

    static void Component(string folder, string name, string config, ScalarType type, Func<ParameterStore, Module> build)
    {
        var path = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        File.WriteAllText(Path.Combine(path, "config.json"), config);
        using var model = build(new ParameterStore(new OneNumber()));
        var (header, offset) = (new JsonObject(), 0L);
        foreach (var parameter in model.Parameters.Names)
        {
            var tensor = model.Parameters[parameter];
            var end = offset + (tensor.Count * type.ByteSize());
            header[parameter] = new JsonObject
            {
                ["dtype"] = type.ToStoredType().Name(),
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }
        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        using var file = File.Create(Path.Combine(path, "diffusion_pytorch_model.safetensors"));
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        file.SetLength(8 + json.Length + offset);
    }

    static void Copy(string from, string to)
    {
        if (File.Exists(from))
        {
            File.Copy(from, to);
            return;
        }
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    sealed class OneNumber : IParameterSource
    {
        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
        {
            using var scope = TensorScope.Begin();
            return TensorScope.Release(Tensor.Zeros([1]).Expand(shape));
        }
    }
}
