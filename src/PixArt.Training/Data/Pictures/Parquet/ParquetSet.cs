using System.Globalization;
using System.Text;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures.Parquet;

/// <summary>Parquet files with embedded pictures, as Hugging Face's data sets have them: a column of blobs, or of structures with
/// <c>bytes</c>, and a column of captions. Captions are read at once, pictures row by row as they are needed.</summary>
sealed class ParquetSet : IPictureSet
{
    static readonly string[] s_pictureColumns = ["image", "img", "jpg", "png", "webp"];
    readonly DuckDb _duck = new();
    readonly string[] _files;
    readonly List<Row> _rows = [];
    readonly List<string> _troubles = [];
    string _blob = "";

    /// <exception cref="InvalidSettingException">There are no such files, or they have no pictures.</exception>
    /// <exception cref="PixArtException">DuckDB is not there.</exception>
    public ParquetSet(PictureSetRecipe recipe)
    {
        Title = PictureFiles.Folder(recipe.Folder);
        var pattern = recipe.File ?? "*.parquet";
        _files = Directory.GetFiles(Title, pattern, SearchOption.AllDirectories);
        Array.Sort(_files, StringComparer.Ordinal);
        if (_files.Length == 0) throw new InvalidSettingException("data.folder", Title, $"a folder with {pattern}");
        for (var i = 0; i < _files.Length; i++)
        {
            try
            {
                ListFile(i, recipe);
            }
            catch (PixArtException e) when (e is not InvalidSettingException)
            {
                _troubles.Add($"{_files[i]}: {e.Message}");
            }
        }

        if (_rows.Count == 0) throw new InvalidSettingException("data.folder", Title, $"parquet files with pictures; {string.Join("; ", _troubles.Take(3))}");
        Fingerprint = PictureFiles.Hash(_files.Select(file => $"{Path.GetRelativePath(Title, file)} {new FileInfo(file).Length}").Append($"{_rows.Count}"));
    }

    public string Title { get; }

    public int Count => _rows.Count;

    public string Fingerprint { get; }

    public IReadOnlyList<string> Troubles => _troubles;

    public string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(_files[_rows[index].File])}, row {_rows[index].Number}");

    public (int Height, int Width)? SizeOf(int index) => null;

    public bool HasCaption(int index) => _rows[index].Text is { Short: not null } or { Long: not null };

    public PictureText TextOf(int index) => _rows[index].Text;

    public byte[] Read(int index, int most = int.MaxValue)
    {
        var row = _rows[index];
        var found = _duck.Query(string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT {_blob} FROM read_parquet({DuckDb.Quoted(_files[row.File])}, file_row_number = true) WHERE file_row_number = {row.Number}"));
        return found is [[{ } bytes]] ? bytes : throw new PixArtException($"{NameOf(index)}: holds no picture");
    }

    public void Dispose() => _duck.Dispose();

    void ListFile(int file, PictureSetRecipe recipe)
    {
        var from = $"read_parquet({DuckDb.Quoted(_files[file])})";
        var columns = _duck.Query($"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {from})")
            .ToDictionary(row => Text(row[0])!, row => Text(row[1])!, StringComparer.Ordinal);
        var image = First(columns, recipe.Image is { } named ? [named] : s_pictureColumns)
            ?? throw new InvalidSettingException("data.sets.image", recipe.Image, $"a column of pictures; {_files[file]} has {string.Join(", ", columns.Keys)}");
        _blob = columns[image].StartsWith("STRUCT", StringComparison.Ordinal) ? $"struct_extract({DuckDb.Column(image)}, 'bytes')" : DuckDb.Column(image);
        var caption = First(columns, recipe.Caption is { } one ? [one] : CaptionFields.Usual);
        var longer = First(columns, recipe.LongCaption is { } other ? [other] : CaptionFields.UsualLong);
        var rows = _duck.Query($"SELECT {Select(caption)}, {Select(longer)} FROM {from}");
        for (var i = 0; i < rows.Count; i++) _rows.Add(new(file, i, new(Text(rows[i][0]), Text(rows[i][1]))));
    }

    static string Select(string? column) => column is null ? "NULL::VARCHAR" : $"{DuckDb.Column(column)}::VARCHAR";

    static string? First(Dictionary<string, string> columns, string[] names) => Array.Find(names, columns.ContainsKey);

    static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes).Trim() is { Length: > 0 } text ? text : null;

    sealed record Row(int File, int Number, PictureText Text);
}
