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
        var entries = Entries(path);
        var folder = System.IO.Path.GetDirectoryName(path) ?? "";
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (tensor, file) in entries)
        {
            if (!map.TryAdd(tensor, System.IO.Path.Combine(folder, file)))
                throw new WeightsException(InvalidJson, path, tensor, "appears twice in 'weight_map'");
        }

        string[] files = [.. map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach (var file in files)
        {
            if (!File.Exists(file)) throw new WeightsException(NotFound, file, null, $"there is no such file, but {System.IO.Path.GetFileName(path)} names it");
        }

        return new ShardIndex(path, map, files);
    }

    /// <summary>Names of the shards beside an index, in order, whether they are there or not.</summary>
    /// <param name="path">The index.</param>
    /// <exception cref="WeightsException">It is missing or not valid.</exception>
    internal static IReadOnlyList<string> FileNames(string path) =>
        [.. Entries(path).Select(entry => entry.File).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    static List<(string Tensor, string File)> Entries(string path)
    {
        var map = ConfigJson.Read(path).Object("weight_map")
            ?? throw new WeightsException(InvalidJson, path, null, "'weight_map' is missing, expected an object");
        var entries = new List<(string, string)>();
        foreach (var entry in map.Root.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String || !IsFileName(entry.Value.GetString()!))
                throw new WeightsException(InvalidJson, path, entry.Name, $"its file is {entry.Value.GetRawText()}, expected a file name");
            entries.Add((entry.Name, entry.Value.GetString()!));
        }

        return entries.Count > 0 ? entries : throw new WeightsException(InvalidJson, path, null, "'weight_map' is empty");
    }

    // A file beside the index; no way out of its folder.
    static bool IsFileName(string name) =>
        name.Length is > 0 and < 256 && name is not ("." or "..") && name.AsSpan().IndexOfAny('/', '\\', '\0') < 0;
}
