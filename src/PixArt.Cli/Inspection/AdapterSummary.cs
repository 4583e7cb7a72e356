using PixArt.Adapters;
using PixArt.Weights;

namespace PixArt.Cli.Inspection;

/// <summary>Tells what an adapter file or folder is.</summary>
internal static class AdapterSummary
{
    /// <summary>Whether a folder is an adapter's.</summary>
    public static bool IsFolder(string path) =>
        File.Exists(Path.Combine(path, "adapter_config.json")) || Directory.EnumerateFiles(path, "pytorch_lora_weights.*").Any();

    /// <summary>One line for an adapter, none for other files.</summary>
    /// <exception cref="PixArtException">It is one, but damaged.</exception>
    public static IEnumerable<string> Of(string path)
    {
        if (!Directory.Exists(path))
        {
            using var file = WeightsFile.Open(path);
            if (!Adapter.Recognises(file.Tensors.Keys)) return [];
        }

        using var adapter = Adapter.Open(path);
        return [$"adapter: {adapter}"];
    }
}
