using System.Text.Json;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>The layout of the PixArt repositories: a JSON array of records with height, width, path, prompt and perhaps a long
/// caption, below a root named InternData; pictures below its neighbour InternImgs.</summary>
sealed class DataInfoSet : IPictureSet
{
    const string DataName = "InternData";
    const string ImagesName = "InternImgs";
    static readonly string[] s_folders = ["", DataName, "partition", "partition_filter"];
    readonly List<Record> _records = [];
    readonly List<string> _troubles = [];

    public DataInfoSet(PictureSetRecipe recipe)
    {
        var list = FindList(PictureFiles.Folder(recipe.Folder), recipe.File ?? "data_info.json");
        Title = list;
        Root = RootOf(list);
        Images = recipe.Images ?? ImagesOf(Root);
        var fields = new CaptionFields(recipe with { Caption = recipe.Caption ?? "prompt" });
        try
        {
            using var stream = File.OpenRead(list);
            using var json = JsonDocument.Parse(stream);
            if (json.RootElement.ValueKind != JsonValueKind.Array) throw new JsonException("it is no array");
            foreach (var record in json.RootElement.EnumerateArray()) Add(record, fields);
        }
        catch (JsonException e)
        {
            throw new InvalidSettingException("data.file", list, $"a JSON array of records ({e.Message})");
        }

        if (_records.Count == 0) throw new InvalidSettingException("data.file", list, "a list with at least one record that has a path");
        Fingerprint = PictureFiles.Hash(_records.Select(record => $"{record.Path} {record.Height}x{record.Width}"));
    }

    public string Title { get; }

    /// <summary>The folder that features lie below.</summary>
    public string Root { get; }

    /// <summary>The folder of pictures.</summary>
    public string Images { get; }

    public int Count => _records.Count;

    public string Fingerprint { get; }

    public IReadOnlyList<string> Troubles => _troubles;

    /// <summary>The path of a record's picture as the list has it, with forward slashes.</summary>
    public string PathOf(int index) => _records[index].Path;

    public string NameOf(int index) => _records[index].Path;

    /// <summary>Height and width as the list has them, whether the picture is there or not.</summary>
    public (int Height, int Width)? ListedSize(int index) =>
        _records[index] is { Height: > 0, Width: > 0 } record ? (record.Height, record.Width) : null;

    // A picture that is not there has no size: reading it will say so.
    public (int Height, int Width)? SizeOf(int index) =>
        ListedSize(index) is { } size && File.Exists(Path.Combine(Images, _records[index].Path)) ? size : null;

    public bool HasCaption(int index) => _records[index].Text is { Short: not null } or { Long: not null };

    public PictureText TextOf(int index) => _records[index].Text;

    public byte[] Read(int index, int most = int.MaxValue) => PictureFiles.Read(Path.Combine(Images, _records[index].Path), most);

    public void Dispose()
    {
    }

    static string FindList(string folder, string file)
    {
        foreach (var between in s_folders)
        {
            var path = Path.Combine(folder, between, file);
            if (File.Exists(path)) return path;
        }

        throw new InvalidSettingException("data.folder", folder, $"a folder with {file} in it, or in {string.Join(", ", s_folders.Skip(1))} below it");
    }

    static string RootOf(string list)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        return Path.GetFileName(folder) is "partition" or "partition_filter" ? Path.GetDirectoryName(folder)! : folder;
    }

    static string ImagesOf(string root)
    {
        var last = root.LastIndexOf(DataName, StringComparison.Ordinal);
        return last < 0 ? root : root[..last] + ImagesName + root[(last + DataName.Length)..];
    }

    void Add(JsonElement record, CaptionFields fields)
    {
        if (record.ValueKind == JsonValueKind.Object && record.TryGetProperty("path", out var path)
            && path.ValueKind == JsonValueKind.String && path.GetString() is { Length: > 0 } name)
        {
            _records.Add(new(name.TrimStart('/'), Number(record, "height"), Number(record, "width"), fields.Read(record)));
        }
        else
        {
            _troubles.Add($"{Title}: record {_records.Count + _troubles.Count} has no path");
        }
    }

    static int Number(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
            ? (int)Math.Clamp(number, 0, int.MaxValue) : 0;

    sealed record Record(string Path, int Height, int Width, PictureText Text);
}
