using PixArt.Torch;
using PixArt.Training.Features.Repository;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Tests.Features.Repository;

/// <summary>Folders of features, compared and interrupted.</summary>
static class FeatureFolders
{
    /// <summary>Extracts in another process, which is killed as soon as so many features are there.</summary>
    /// <returns>Whether it was killed; it was not if it came to its end before.</returns>
    public static bool KillAt(FeatureRecipe recipe, int files)
    {
        using var child = RecipeProcess.Start(recipe);
        Wait.Until(() => child.HasExited
            || (Directory.Exists(recipe.Output) && Directory.EnumerateFiles(recipe.Output, "*", SearchOption.AllDirectories).Count(IsFeature) >= files));
        var ended = child.HasExited;
        if (!ended) child.Kill();
        child.WaitForExit();
        if (ended) Assert.Equal(0, child.ExitCode);
        return !ended;
    }

    /// <summary>How far numbers are from a tensor's, relative to their norm.</summary>
    public static double Error(Tensor expected, float[] actual) =>
        Close.RelativeError(Array.ConvertAll(expected.ToArray<float>(), v => (double)v), Array.ConvertAll(actual, v => (double)v));

    static bool IsFeature(string path) => Path.GetFileName(path)[0] != '.' && Path.GetExtension(path) is ".npy" or ".npz";

    /// <summary>When each file was written.</summary>
    public static Dictionary<string, DateTime> Times(string root) => Directory.GetFiles(root, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(root, file), File.GetLastWriteTimeUtc, StringComparer.Ordinal);

    /// <summary>Two folders hold the same files.</summary>
    public static void AssertSame(string expected, string actual)
    {
        string[] Names(string root) => [.. Directory.GetFiles(root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file)).Where(file => Path.GetFileName(file)[0] != '.').Order(StringComparer.Ordinal)];
        Assert.Equal(Names(expected), Names(actual), StringComparer.Ordinal);
        foreach (var name in Names(expected)) AssertClose(Path.Combine(expected, name), Path.Combine(actual, name));
    }

    /// <summary>Two files hold the same: sums over a batch may be taken in another order when other samples share it.</summary>
    public static void AssertClose(string expected, string actual)
    {
        if (Path.GetExtension(expected) is not (".npy" or ".npz"))
        {
            Assert.Equal(File.ReadAllBytes(expected), File.ReadAllBytes(actual));
            return;
        }

        foreach (var (one, other) in Arrays(expected).Zip(Arrays(actual)))
        {
            Assert.Equal(one.Shape, other.Shape);
            Assert.Equal(one.Type, other.Type);
            double[] Doubles(NumpyArray array) => Array.ConvertAll(FeatureFiles.Numbers(array, "array"), v => (double)v);
            Assert.InRange(Close.RelativeError(Doubles(one), Doubles(other)), 0, one.Type == StoredType.F16 ? 1e-3 : 1e-5);
        }
    }

    static NumpyArray[] Arrays(string path)
    {
        if (Path.GetExtension(path) == ".npy") return [NumpyFile.Read(path)];
        using var archive = NumpyArchive.Open(path);
        return archive.Has(FeatureFiles.EdgesName) ? [archive[FeatureFiles.EdgesName]] : [archive[FeatureFiles.TextName], archive[FeatureFiles.MaskName]];
    }
}
