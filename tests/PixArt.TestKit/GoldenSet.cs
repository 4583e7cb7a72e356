using System.Text.Json;

namespace PixArt.TestKit;

/// <summary>Reference values: a folder with <c>manifest.json</c> and, for each entry, a JSON document and a safetensors file.
/// <c>PIXART_GOLDENS</c> names another folder of the same format; without it the project's own <c>tests/data/goldens</c>.</summary>
public sealed class GoldenSet
{
    static readonly Lazy<GoldenSet> s_open = new(() => new GoldenSet(FindFolder()));

    public GoldenSet(string folder)
    {
        Folder = folder;
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
        Entries = [.. manifest.RootElement.GetProperty("entries").EnumerateArray().Select(ReadEntry)];
    }

    public string Folder { get; }

    public IReadOnlyList<GoldenEntry> Entries { get; }

    /// <summary>The set of this run; read once.</summary>
    public static GoldenSet Open() => s_open.Value;

    /// <summary>JSON entries whose name begins with <paramref name="prefix"/>, for example <c>transformer/</c>.</summary>
    public IEnumerable<GoldenEntry> Under(string prefix) =>
        Entries.Where(e => !e.IsFolder && e.Name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Opens an entry; dispose it.</summary>
    public Golden Load(string name) => new(this, name);

    public bool Contains(string name) => Entries.Any(e => string.Equals(e.Name, name, StringComparison.Ordinal));

    /// <summary>Absolute path of a file or folder of the set.</summary>
    public string PathOf(string relative) => Path.Combine(Folder, relative);

    static GoldenEntry ReadEntry(JsonElement entry)
    {
        var what = entry.TryGetProperty("what", out var text) ? text.GetString()! : "";
        if (entry.TryGetProperty("folder", out var folder)) return new GoldenEntry(folder.GetString()!, what, true, []);
        var name = Path.ChangeExtension(entry.GetProperty("json").GetString()!, null);
        var near = Path.GetDirectoryName(name)!;
        string[] pth = entry.TryGetProperty("pth_files", out var files)
            ? [.. files.EnumerateArray().Select(f => Path.Combine(near, FileName(f)))]
            : [];
        return new GoldenEntry(name, what, false, pth);
    }

    static string FileName(JsonElement file) =>
        file.ValueKind == JsonValueKind.String ? file.GetString()! : file.GetProperty("path").GetString()!;

    static string FindFolder()
    {
        var named = Environment.GetEnvironmentVariable("PIXART_GOLDENS");
        if (!string.IsNullOrEmpty(named)) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (var inside in (string[])["tests/data/goldens", "data/goldens"])
            {
                var candidate = Path.Combine(folder.FullName, inside);
                if (File.Exists(Path.Combine(candidate, "manifest.json"))) return candidate;
            }
        }

        throw new DirectoryNotFoundException($"no tests/data/goldens above {AppContext.BaseDirectory}; set PIXART_GOLDENS");
    }
}
