using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;

namespace PixArt.Training.Features.Repository;

/// <summary>The samples of a set whose feature files are there and whole: ordered by size, the others counted and named.</summary>
sealed class FeatureSamples
{
    const int MostNamed = 3;
    readonly List<FeatureSample> _samples = [];

    /// <param name="set">The listed pictures.</param>
    /// <param name="paths">Where features lie.</param>
    /// <param name="withText">Whether text features must be there too.</param>
    /// <param name="withEdges">Whether the latents of edges must be there too, of the same size.</param>
    /// <exception cref="InvalidSettingException">None is usable.</exception>
    public FeatureSamples(IPictureSet set, FeaturePaths paths, bool withText, bool withEdges = false)
    {
        var found = new FeatureSample?[set.Count];
        var reasons = new string?[set.Count];
        Parallel.For(0, set.Count, i =>
        {
            try
            {
                if (withText) FeatureFiles.CheckText(paths.Text(set.NameOf(i)));
                var parts = paths.HoldsPairs ? 1 : 2;
                var shape = FeatureFiles.LatentShape(paths.Latents(set.NameOf(i)), parts);
                if (withEdges) RequireShape(paths.Edges(set.NameOf(i)), FeatureFiles.ReadEdges(paths.Edges(set.NameOf(i))).Shape, shape, "picture's");
                if (paths.HoldsPairs) RequireShape(paths.Noise(set.NameOf(i)), FeatureFiles.LatentShape(paths.Noise(set.NameOf(i)), parts), shape, "latents'");
                found[i] = new(i, (int)shape[1], (int)shape[2], (int)shape[0] / parts);
            }
            catch (Exception e) when (e is PixArtException or IOException or UnauthorizedAccessException)
            {
                reasons[i] = e.Message;
            }
        });
        _samples.AddRange(found.OfType<FeatureSample>().OrderBy(s => (double)s.Height / s.Width).ThenBy(s => s.Height).ThenBy(s => s.Index));
        string[] bad = [.. reasons.OfType<string>()];
        Report =
        [
            $"features: {_samples.Count} of {set.Count} samples of {set.Title}",
            .. bad.Length == 0 ? (string[])[] : [$"{bad.Length} without whole features, left out ({string.Join("; ", bad.Take(MostNamed))}{(bad.Length > MostNamed ? "; …" : "")})"],
        ];
        if (_samples.Count == 0) throw new InvalidSettingException("features.root", paths.Root, $"a folder with features of the data; {Report[^1]}");
    }

    static void RequireShape(string path, IReadOnlyList<long> found, long[] shape, string whose)
    {
        if (!found.SequenceEqual(shape)) throw new PixArtException($"{path}: holds [{string.Join(", ", found)}], expected the {whose} [{string.Join(", ", shape)}]");
    }

    /// <summary>The usable samples.</summary>
    public IReadOnlyList<FeatureSample> All => _samples;

    /// <summary>What was found, a line each.</summary>
    public IReadOnlyList<string> Report { get; }
}

/// <summary>A sample with features.</summary>
/// <param name="Index">Its number in the set.</param>
/// <param name="Height">Rows of its latents.</param>
/// <param name="Width">Columns of its latents.</param>
/// <param name="Channels">Channels of its latents.</param>
sealed record FeatureSample(int Index, int Height, int Width, int Channels);
