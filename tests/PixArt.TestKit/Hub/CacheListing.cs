using System.Security.Cryptography;

namespace PixArt.TestKit.Hub;

/// <summary>A cache folder in lines: what is where, which links point where, and the content of each file by its SHA-256.</summary>
public static class CacheListing
{
    public static IReadOnlyList<string> Of(string cache) =>
        [.. Directory.EnumerateFileSystemEntries(cache, "*", SearchOption.AllDirectories).Select(path => Line(cache, path)).Order(StringComparer.Ordinal)];

    static string Line(string cache, string path)
    {
        var name = Path.GetRelativePath(cache, path);
        if (new FileInfo(path).LinkTarget is { } target) return $"{name} -> {target}";
        return Directory.Exists(path) ? $"{name}/" : $"{name} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}";
    }
}
