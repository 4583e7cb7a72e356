using System.Globalization;
using PixArt.Weights;

namespace PixArt.Models;

/// <summary>Asks weights for the sizes that tell a model's shape.</summary>
sealed class WeightShapes(WeightsSource weights)
{
    /// <summary>A dimension of a tensor.</summary>
    /// <exception cref="WeightsException">There is no such tensor, or it has another number of dimensions or is empty.</exception>
    public int Size(string name, int dimension, int rank)
    {
        var stored = weights.Find(name) ?? throw weights.Missing(name, null);
        return stored.Shape.Count == rank && stored.Shape.All(size => size is > 0 and < int.MaxValue)
            ? (int)stored.Shape[dimension]
            : throw new WeightsException(WeightsErrorKind.ShapeMismatch, weights.Path, name, $"has shape {stored.ShapeText}, expected {rank} dimensions of at least 1");
    }

    /// <summary>How many numbered parts there are below a prefix that ends in a dot: one more than the highest number.</summary>
    public int Count(string prefix)
    {
        var highest = -1;
        foreach (var name in weights.Names)
        {
            if (Index(name, prefix) is { } index) highest = Math.Max(highest, index);
        }

        return highest + 1;
    }

    /// <summary>The number that follows the prefix in a name, or null.</summary>
    public static int? Index(string name, string prefix)
    {
        if (!name.StartsWith(prefix, StringComparison.Ordinal)) return null;
        var rest = name.AsSpan(prefix.Length);
        var dot = rest.IndexOf('.');
        return dot > 0 && int.TryParse(rest[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < 10_000 ? index : null;
    }
}
