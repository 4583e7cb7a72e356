using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PixArt.Hub;

/// <summary>Compares what arrives with the name that the hub gives it: SHA-256 of a large file, git's SHA-1 of a small one.</summary>
sealed class ContentHash : IDisposable
{
    readonly IncrementalHash _hash;
    readonly HubFile _file;

    /// <summary>Begins a file.</summary>
    public ContentHash(HubFile file)
    {
        _file = file;
        _hash = IncrementalHash.CreateHash(file.LfsSha256 is null ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        Restart();
    }

    /// <summary>Forgets what was added.</summary>
    public void Restart()
    {
        _hash.GetHashAndReset();
        // git names a content by its kind, its length and itself.
        if (_file.LfsSha256 is null) _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {_file.Length}\0")));
    }

    /// <summary>Adds the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>Whether all that was added is the file.</summary>
    public bool Matches() => string.Equals(Convert.ToHexStringLower(_hash.GetHashAndReset()), _file.Etag, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
