namespace PixArt.Tests.Weights;

/// <summary>Files that NumPy 1.24 wrote: <c>numpy.arange(24).reshape(2, 3, 4)</c> in several types, and archives.</summary>
static class NumpySamples
{
    static readonly Lazy<string> s_folder = new(Find);

    public static string Path(string name) => System.IO.Path.Combine(s_folder.Value, name);

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "tests", "data", "numpy");
            if (Directory.Exists(candidate)) return candidate;
        }

        throw new DirectoryNotFoundException($"no tests/data/numpy above {AppContext.BaseDirectory}");
    }
}
