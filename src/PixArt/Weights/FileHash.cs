using System.Security.Cryptography;

namespace PixArt.Weights;

/// <summary>Names weights by what is in their files.</summary>
static class FileHash
{
    /// <summary>SHA-256 of files, one after the other, as 64 hexadecimal digits in lower case: of one file, its own.</summary>
    public static string Of(IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var file in files)
        {
            using var stream = File.OpenRead(file);
            while (stream.Read(buffer) is > 0 and var read) hash.AppendData(buffer.AsSpan(0, read));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
