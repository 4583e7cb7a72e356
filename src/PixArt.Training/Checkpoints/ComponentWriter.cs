using System.Security.Cryptography;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Checkpoints;

/// <summary>Writes component folders as diffusers and transformers lay them out.</summary>
static class ComponentWriter
{
    /// <summary>Name of a diffusers component's weights.</summary>
    public const string Diffusers = "diffusion_pytorch_model.safetensors";

    /// <summary>Name of a transformers component's weights.</summary>
    public const string Transformers = "model.safetensors";

    /// <summary>Writes configuration and fp32 weights; older ones are replaced, each file whole.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="config">Text of <c>config.json</c>.</param>
    /// <param name="weights">Name of the weights' file.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="metadata">Entries beside <c>format</c>.</param>
    public static void Write(
        string folder, string config, string weights, ParameterStore parameters, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Directory.CreateDirectory(folder);
        var entries = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>(StringComparer.Ordinal), StringComparer.Ordinal)
        {
            ["format"] = "pt",
        };
        AtomicFile.Write(Path.Combine(folder, weights), stream => SafetensorsWriter.Write(
            stream, weights, parameters.Names.Select(name => TensorFile.ToWrite(name, parameters[name])), entries));
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), config);
    }

    /// <summary>Writes a component again with its weights in another type.</summary>
    /// <param name="from">The component's folder.</param>
    /// <param name="to">The folder to write.</param>
    /// <param name="weights">Name of the weights' file.</param>
    /// <param name="type">What the weights are stored in.</param>
    /// <returns>SHA-256 of the new weights.</returns>
    public static string Convert(string from, string to, string weights, WeightType type)
    {
        Directory.CreateDirectory(to);
        var source = new ComponentFolder(from);
        using var opened = WeightsSource.Open(source.WeightFiles());
        var path = Path.Combine(to, weights);
        var stored = type switch { WeightType.Fp16 => StoredType.F16, WeightType.Bf16 => StoredType.BF16, _ => StoredType.F32 };
        AtomicFile.Write(path, stream => SafetensorsWriter.Write(
            stream, weights, opened.Names.Select(name => new TensorToWrite(
                name, stored, opened.Find(name)!.Shape, target => WriteAs(target, opened, name, stored))),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" }));
        AtomicFile.Write(Path.Combine(to, "config.json"), File.ReadAllBytes(source.FileOf("config.json")));
        return System.Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
    }

    static void WriteAs(Stream target, WeightsSource source, string name, StoredType type)
    {
        using var whole = source.Read(name);
        using var converted = whole.To(type.ToScalarType()!.Value);
        using var plain = converted.Contiguous();
        target.Write(plain.AsBytes());
    }
}
