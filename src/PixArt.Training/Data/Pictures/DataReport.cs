using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PixArt.Training.Data.Pictures;

/// <summary>What was found in the data at the start of a run.</summary>
sealed record DataReport
{
    const int MostNames = 3;

    /// <summary>The sets.</summary>
    public IReadOnlyList<DataSetCount> Sets { get; set; } = [];

    /// <summary>Pictures of each size that training sees.</summary>
    public IReadOnlyList<DataSize> Sizes { get; set; } = [];

    /// <summary>Pictures in use.</summary>
    public int Used { get; set; }

    /// <summary>Pictures in use that are smaller than their size and are enlarged.</summary>
    public int Enlarged { get; set; }

    /// <summary>Pictures in use without caption.</summary>
    public List<string> WithoutCaption { get; } = [];

    /// <summary>Pictures that cannot be read, with the reason; left out.</summary>
    public List<string> Broken { get; } = [];

    /// <summary>Pictures with too short a side; left out.</summary>
    public List<string> TooSmall { get; } = [];

    /// <summary>Pictures that are too tall for their width; left out.</summary>
    public int Tall { get; set; }

    /// <summary>Pictures of sizes that too few share; left out.</summary>
    public int Rare { get; set; }

    /// <summary>What was wrong with the listings.</summary>
    public IReadOnlyList<string> Troubles { get; init; } = [];

    public void AddBroken(string name, string reason) =>
        Broken.Add(reason.Contains(name, StringComparison.Ordinal) ? reason : $"{name}: {reason}");

    public void AddMissing(string name) => WithoutCaption.Add(name);

    public void AddSmall(string name) => TooSmall.Add(name);

    public string ToJson() => JsonSerializer.Serialize(this, DataReportJson.Default.DataReport) + "\n";

    /// <summary>What a person should know, a line each.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var set in Sets) yield return string.Create(CultureInfo.InvariantCulture, $"data: {set.Used} of {set.Found} pictures of {set.Name}");
        if (Sizes.Count > 0) yield return $"sizes (height×width): {string.Join(", ", Sizes.Select(size => $"{size.Height}×{size.Width} {size.Count}"))}";
        if (WithoutCaption.Count > 0) yield return $"{Some(WithoutCaption, "without a caption of their own")}: empty, unless the recipe gives one for all";
        if (Broken.Count > 0) yield return $"{Some(Broken, "cannot be read and left out", "; ")}";
        if (TooSmall.Count > 0) yield return Some(TooSmall, "too small and left out");
        if (Tall > 0) yield return $"{Tall} too tall for their width and left out";
        if (Rare > 0) yield return $"{Rare} of sizes that too few pictures share, left out";
        if (Enlarged > 0) yield return $"{Enlarged} smaller than their size: they are enlarged";
        foreach (var trouble in Troubles) yield return trouble;
    }

    static string Some(List<string> names, string what, string between = ", ") =>
        $"{names.Count} {what} ({string.Join(between, names.Take(MostNames))}{(names.Count > MostNames ? $"{between}…" : "")})";
}

/// <summary>A set's pictures.</summary>
/// <param name="Name">The set.</param>
/// <param name="Found">Pictures that it lists.</param>
/// <param name="Used">Pictures in use.</param>
sealed record DataSetCount(string Name, int Found, int Used);

/// <summary>The pictures of a size.</summary>
/// <param name="Height">Rows in pixels.</param>
/// <param name="Width">Columns in pixels.</param>
/// <param name="Count">How many.</param>
sealed record DataSize(int Height, int Width, int Count);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DataReport))]
sealed partial class DataReportJson : JsonSerializerContext;
