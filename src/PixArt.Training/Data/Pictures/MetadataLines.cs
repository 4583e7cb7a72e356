using System.Text.Json;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>Captions out of <c>metadata.jsonl</c>: one JSON object a line, with <c>file_name</c> relative to the file's folder.</summary>
sealed class MetadataLines
{
    public const string FileName = "metadata.jsonl";
    const int MostTroubles = 20;
    readonly Dictionary<string, PictureText> _texts = new(StringComparer.Ordinal);
    readonly List<string> _troubles = [];
    readonly CaptionFields _fields;

    public MetadataLines(IEnumerable<string> files, PictureSetRecipe recipe)
    {
        _fields = new(recipe);
        foreach (var file in files) Read(file);
    }

    public IReadOnlyList<string> Troubles => _troubles;

    /// <summary>The captions of a picture; null when it is not listed or has none.</summary>
    public PictureText? Find(string path) => _texts.TryGetValue(Path.GetFullPath(path), out var text) ? text : null;

    void Read(string file)
    {
        var folder = Path.GetDirectoryName(file) ?? "";
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using var json = JsonDocument.Parse(line);
                if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("file_name", out var name)
                    || name.ValueKind != JsonValueKind.String)
                {
                    Trouble($"{file}, line {number}: no object with 'file_name'");
                }
                else if (_fields.Read(json.RootElement) is { Short: not null } or { Long: not null })
                {
                    _texts[Path.GetFullPath(Path.Combine(folder, name.GetString()!))] = _fields.Read(json.RootElement);
                }
            }
            catch (JsonException)
            {
                Trouble($"{file}, line {number}: not JSON");
            }
        }
    }

    void Trouble(string line)
    {
        if (_troubles.Count < MostTroubles) _troubles.Add(line);
    }
}
