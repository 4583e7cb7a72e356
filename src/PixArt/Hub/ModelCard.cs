namespace PixArt.Hub;

/// <summary>What the head of a model's <c>README.md</c> says between two lines of three hyphens.</summary>
static class ModelCard
{
    const string FileName = "README.md";
    const string Border = "---";
    const int MostLines = 400;

    /// <summary>The licence that a snapshot's card states; null where there is no card, or it states none.</summary>
    public static string? License(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        using var lines = File.ReadLines(path).Take(MostLines).GetEnumerator();
        if (!lines.MoveNext() || lines.Current.Trim() is not Border) return null;
        string? license = null, name = null;
        while (lines.MoveNext() && lines.Current.TrimEnd() is not Border)
        {
            if (Value(lines.Current, "license:") is { } found) license = found;
            if (Value(lines.Current, "license_name:") is { } own) name = own;
        }

        return license is "other" ? name ?? license : license;
    }

    static string? Value(string line, string field)
    {
        if (!line.StartsWith(field, StringComparison.Ordinal)) return null;
        var value = line[field.Length..].Trim().Trim('"', '\'');
        return value.Length is > 0 and <= 100 && !value.Any(char.IsControl) ? value : null;
    }
}
