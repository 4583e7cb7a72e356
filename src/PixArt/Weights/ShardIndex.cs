using System.Text.Json;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights;

/// <summary>A sharded index (<c>model.safetensors.index.json</c>): which file beside it holds which tensor.</summary>
public sealed class ShardIndex
{
    ShardIndex(string path, IReadOnlyDictionary<string, string> map, IReadOnlyList<string> files)
    {
        Path = path;
        Map = map;
        Files = files;
    }

    /// <summary>The index.</summary>
    public string Path { get; }

    /// <summary>Tensor name → path of its file.</summary>
    public IReadOnlyDictionary<string, string> Map { get; }

    /// <summary>Paths of the shards, in the order of their names.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Reads an index and checks that every shard is there.</summary>
    /// <param name="path">The index.</param>
    /// <exception cref="WeightsException">It is missing or not valid, or a shard is missing.</exception>
    public static ShardIndex Read(string path)
    {
        var entries = ConfigJson.Read(path).Object("weight_map")
            ?? throw new WeightsException(InvalidJson, path, null, "'weight_map' is missing, expected an object");
        var folder = System.IO.Path.GetDirectoryName(path) ?? "";
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in entries.Root.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String || !IsFileName(entry.Value.GetString()!))
                throw new WeightsException(InvalidJson, path, entry.Name, $"its file is {entry.Value.GetRawText()}, expected a file name");
            if (!map.TryAdd(entry.Name, System.IO.Path.Combine(folder, entry.Value.GetString()!)))
                throw new WeightsException(InvalidJson, path, entry.Name, "appears twice in 'weight_map'");
        }

        if (map.Count == 0) throw new WeightsException(InvalidJson, path, null, "'weight_map' is empty");
        string[] files = [.. map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach (var file in files)
        {
            if (!File.Exists(file)) throw new WeightsException(NotFound, file, null, $"there is no such file, but {System.IO.Path.GetFileName(path)} names it");
        }

        return new ShardIndex(path, map, files);
    }

    // A file beside the index; no way out of its folder.
    static bool IsFileName(string name) =>
        name.Length is > 0 and < 256 && name is not ("." or "..") && name.AsSpan().IndexOfAny('/', '\\', '\0') < 0;
}
