using System.Globalization;
using System.Text;
using System.Text.Json;
using PixArt.Weights;

namespace PixArt.Hub;

/// <summary>The files of a commit, and the cache's record of them: <c>trees/COMMIT.json</c>, to the byte as Python writes it.</summary>
static class HubTree
{
    const int Version = 1;
    const int LongestPath = 1000;

    /// <summary>Adds a page of the hub's answer.</summary>
    /// <exception cref="FormatException">It is no such listing, or a path or hash in it cannot be a file's.</exception>
    public static void Add(SortedDictionary<string, HubFile> files, JsonElement page)
    {
        if (page.ValueKind != JsonValueKind.Array) throw new FormatException("the listing is no list");
        foreach (var item in page.EnumerateArray())
        {
            if (Text(item, "type") is not "file") continue;
            var large = item.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
            files[Text(item, "path") ?? ""] = new HubFile(
                Number(item, "size"), Text(item, "oid") ?? "", large ? Text(lfs, "oid") ?? "" : null, large ? Number(lfs, "size") : null, Text(item, "xetHash"));
        }

        Check(files);
    }

    /// <summary>Reads the cache's record; null when there is none of this version.</summary>
    public static SortedDictionary<string, HubFile>? Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (Number(document.RootElement, "format_version") != Version) return null;
            var files = New();
            foreach (var field in document.RootElement.GetProperty("files").EnumerateObject())
            {
                var entry = field.Value;
                var sha = Text(entry, "lfs_sha256");
                files[field.Name] = new HubFile(
                    Number(entry, "size"), Text(entry, "blob_id") ?? "", sha, sha is null ? null : Number(entry, "lfs_size"), Text(entry, "xet_hash"));
            }

            Check(files);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            return null; // The record only saves a question: the hub is asked again.
        }
    }

    /// <summary>Writes the cache's record. Listings whose chunk-store names are not hashes are not kept.</summary>
    public static void Write(string path, SortedDictionary<string, HubFile> files)
    {
        if (files.Values.Any(file => file.XetHash is { } hash && !IsHash(hash, 64))) return;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{{\n \"format_version\": {Version},\n \"files\": {{");
        var separator = "\n";
        foreach (var (name, file) in files)
        {
            text.Append(separator).Append("  ").Append(Quoted(name)).Append(": {");
            text.Append(CultureInfo.InvariantCulture, $"\n   \"size\": {file.Size},\n   \"blob_id\": {Quoted(file.BlobId)}");
            if (file.LfsSha256 is { } sha)
                text.Append(CultureInfo.InvariantCulture, $",\n   \"lfs_sha256\": {Quoted(sha)},\n   \"lfs_size\": {file.LfsSize}");
            if (file.XetHash is { } hash) text.Append(CultureInfo.InvariantCulture, $",\n   \"xet_hash\": {Quoted(hash)}");
            text.Append("\n  }");
            separator = ",\n";
        }

        text.Append(files.Count == 0 ? "}\n}" : "\n }\n}");
        AtomicFile.WriteText(path, text.ToString());
    }

    /// <summary>Whether a name is a file's, and no way out of the cache's folders.</summary>
    public static bool IsPath(string path) =>
        path.Length is > 0 and <= LongestPath && !path.Any(c => char.IsControl(c) || c is '\\' or ':')
        && path.Split('/').All(part => part.Length > 0 && part is not ("." or ".."));

    /// <summary>An empty listing.</summary>
    public static SortedDictionary<string, HubFile> New() => new(StringComparer.Ordinal);

    // What the hub says becomes names of files here.
    static void Check(SortedDictionary<string, HubFile> files)
    {
        foreach (var (path, file) in files)
        {
            if (!IsPath(path)) throw new FormatException($"the listing has the path '{path}'");
            if (!IsHash(file.BlobId, 40) || (file.LfsSha256 is { } sha && !IsHash(sha, 64)) || file.Length < 0)
                throw new FormatException($"the listing has no usable hash or size for '{path}'");
        }
    }

    static bool IsHash(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigit);

    static string? Text(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static long Number(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number : throw new FormatException($"the listing has no number '{name}'");

    // Python's json escapes everything outside of ASCII, and nothing else that it need not.
    static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (c is < ' ' or > '~') quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
