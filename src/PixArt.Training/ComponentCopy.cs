using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Copies a component's folder, its weights in another number format.</summary>
static class ComponentCopy
{
    /// <summary>Copies configuration and weights; nothing else of the folder.</summary>
    public static void Write(string from, string to, ScalarType? dtype)
    {
        var folder = new ComponentFolder(from);
        folder.Config();
        using var source = WeightsSource.Open(folder.WeightFiles());
        Directory.CreateDirectory(to);
        File.Copy(folder.FileOf("config.json"), Path.Combine(to, "config.json"));
        var weights = source.Names.Select(name => KeyValuePair.Create(name, source.Read(name))).ToList();
        try
        {
            var name = Path.GetFileName(folder.WeightFiles()[0]);
            var whole = name.StartsWith("model", StringComparison.Ordinal) || name.StartsWith("pytorch_model", StringComparison.Ordinal)
                ? "model.safetensors" : "diffusion_pytorch_model.safetensors";
            SafetensorsWriter.Write(
                Path.Combine(to, whole), weights, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" }, dtype);
        }
        finally
        {
            foreach (var (_, tensor) in weights) tensor.Dispose();
        }
    }

    /// <summary>Copies the files of a folder without weights.</summary>
    public static void Files(string from, string to)
    {
        var folder = new ComponentFolder(from);
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(folder.Path)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
