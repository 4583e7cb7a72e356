using System.Security.Cryptography;
using PixArt.Weights;

namespace PixArt.Training.Features;

/// <summary>Names the weights of a component folder.</summary>
static class ComponentHash
{
    /// <summary>SHA-256 of its weight files, as hexadecimal digits.</summary>
    public static string Of(string folder) => OfFiles(new ComponentFolder(folder).WeightFiles());

    /// <summary>SHA-256 of a file of weights, likewise.</summary>
    public static string OfFile(string path) => OfFiles([path]);

    static string OfFiles(IReadOnlyList<string> files)
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
