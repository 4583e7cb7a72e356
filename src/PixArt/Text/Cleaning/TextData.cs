namespace PixArt.Text.Cleaning;

/// <summary>The tables in the assembly.</summary>
static class TextData
{
    /// <summary>Lines of an embedded text file; those that begin with # are left out.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using var reader = new StreamReader(
            typeof(TextData).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"no resource {name}"));
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#') yield return line;
    }
}
