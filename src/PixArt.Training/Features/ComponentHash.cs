using PixArt.Weights;

namespace PixArt.Training.Features;

/// <summary>Names the weights of a component folder.</summary>
static class ComponentHash
{
    /// <summary>SHA-256 of its weight files, as hexadecimal digits.</summary>
    public static string Of(string folder) => FileHash.Of(new ComponentFolder(folder).WeightFiles());

    /// <summary>SHA-256 of a file of weights, likewise.</summary>
    public static string OfFile(string path) => FileHash.Of([path]);
}
