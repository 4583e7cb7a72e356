using System.Security.Cryptography;
using System.Text;

namespace PixArt.TestKit.Hub;

/// <summary>A model on a fake hub.</summary>
public sealed class FakeRepository(string id)
{
    static readonly string[] s_large = [".safetensors", ".bin", ".pth", ".model"];

    readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public string Id => id;

    /// <summary>Branches and tags → commit.</summary>
    public Dictionary<string, string> Revisions { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether its conditions have to be accepted.</summary>
    public bool Gated { get; set; }

    /// <summary>Whether only the token opens it.</summary>
    public bool Private { get; set; }

    /// <summary>Its name today, if it moved.</summary>
    public string? MovedTo { get; set; }

    public string? License { get; set; } = "openrail++";

    public IReadOnlyDictionary<string, byte[]> Files => _files;

    /// <summary>40 hexadecimal digits that the content decides.</summary>
    public string Commit => Hex(SHA1.HashData(Encoding.UTF8.GetBytes(id + string.Concat(_files.Select(f => f.Key + Etag(f.Key))))));

    public FakeRepository Add(string path, byte[] content)
    {
        _files[path] = content;
        return this;
    }

    public FakeRepository Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Adds a folder's files.</summary>
    public FakeRepository AddFolder(string folder)
    {
        foreach (var path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
            Add(Path.GetRelativePath(folder, path), File.ReadAllBytes(path));
        return this;
    }

    public bool IsLarge(string path) => s_large.Contains(Path.GetExtension(path), StringComparer.Ordinal);

    public string Etag(string path) => IsLarge(path) ? Sha256(path) : BlobId(path);

    public string Sha256(string path) => Hex(SHA256.HashData(_files[path]));

    /// <summary>git's name of the content, or of the pointer that stands for a large file.</summary>
    public string BlobId(string path)
    {
        var content = IsLarge(path)
            ? Encoding.ASCII.GetBytes($"version https://git-lfs.github.com/spec/v1\noid sha256:{Sha256(path)}\nsize {_files[path].Length}\n") : _files[path];
        return Hex(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
    }

    /// <summary>The commit of a branch, a tag or a commit; null: there is no such revision.</summary>
    public string? Resolve(string revision) =>
        revision == Commit || revision == "main" ? Commit : Revisions.GetValueOrDefault(revision);

    static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
