using PixArt.Torch;
using PixArt.Torch.Nn;
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
}
