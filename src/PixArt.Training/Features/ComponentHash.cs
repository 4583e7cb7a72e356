using System.Security.Cryptography;
using PixArt.Weights;

namespace PixArt.Training.Features;

/// <summary>Names the weights of a component folder.</summary>
static class ComponentHash
{
    /// <summary>SHA-256 of its weight files, as hexadecimal digits.</summary>
    public static string Of(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var file in new ComponentFolder(folder).WeightFiles())
        {
            using var stream = File.OpenRead(file);
            while (stream.Read(buffer) is > 0 and var read) hash.AppendData(buffer.AsSpan(0, read));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
