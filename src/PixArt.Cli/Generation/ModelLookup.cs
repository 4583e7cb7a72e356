namespace PixArt.Cli.Generation;

/// <summary>Finds a model folder by its path, or by its name among the models that came with the program.</summary>
internal static class ModelLookup
{
    public const string Default = "fluent-scenes";

    /// <exception cref="PixArtException">There is no such folder.</exception>
    public static string Find(string name)
    {
        if (Directory.Exists(name)) return name;
        var shelves = Shelves().ToArray();
        if (name.Length > 0 && Path.GetFileName(name) == name)
        {
            foreach (var shelf in shelves)
            {
                var found = Path.Combine(shelf, name);
                if (Directory.Exists(found)) return found;
            }
        }
        var known = shelves.SelectMany(Directory.GetDirectories).Select(Path.GetFileName).Distinct(StringComparer.Ordinal).ToArray();
        var choice = known.Length == 0 ? "a model folder" : $"a model folder, or one of {string.Join(", ", known)}";
        throw new InvalidSettingException("--model", name, choice);
    }

    // models/ of the current folder, then of every folder above the program.
    static IEnumerable<string> Shelves()
    {
        var here = Path.GetFullPath("models");
        if (Directory.Exists(here)) yield return here;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "models");
            if (models != here && Directory.Exists(models)) yield return models;
        }
    }
}
