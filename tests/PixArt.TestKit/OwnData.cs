namespace PixArt.TestKit;

/// <summary>The project's own test data, whatever goldens a run uses.</summary>
public static class OwnData
{
    static readonly Lazy<string> s_folder = new(Find);

    /// <summary>A file or folder under <c>tests/data</c>.</summary>
    public static string Path(string name) => System.IO.Path.Combine(s_folder.Value, name);

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "tests", "data");
            if (Directory.Exists(candidate)) return candidate;
        }

        throw new DirectoryNotFoundException($"no tests/data above {AppContext.BaseDirectory}");
    }
}
