using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>The SA1B layout of PixArt-α: <c>images/ID.jpg</c>, <c>captions/ID.txt</c>, and lists of IDs in
/// <c>partition/*.txt</c> (all images where there are none).</summary>
sealed class SamSet : IPictureSet
{
    readonly string[] _ids;
    readonly HashSet<string> _captions;
    readonly string _images;
    readonly string _texts;

    public SamSet(PictureSetRecipe recipe)
    {
        Title = PictureFiles.Folder(recipe.Folder);
        _images = Path.Combine(Title, "images");
        _texts = Path.Combine(Title, "captions");
        var lists = Folder("partition") is { } partition ? Directory.GetFiles(partition, recipe.File ?? "*.txt") : [];
        // part10 after part9, as the numbers go.
        Array.Sort(lists, (a, b) => a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a, b));
        _ids = lists.Length > 0
            ? [.. lists.SelectMany(File.ReadLines).Select(line => line.Trim()).Where(line => line.Length > 0)]
            : [.. (Folder("images") is { } images ? Directory.GetFiles(images, "*.jpg") : []).Select(Stem).Order(StringComparer.Ordinal)];
        if (_ids.Length == 0) throw new InvalidSettingException("data.folder", Title, "the SA1B layout: partition/*.txt, or images/*.jpg");
        _captions = (Folder("captions") is { } texts ? Directory.GetFiles(texts, "*.txt") : []).Select(Stem).ToHashSet(StringComparer.Ordinal);
        Fingerprint = PictureFiles.Hash(_ids);
    }

    public string Title { get; }

    public int Count => _ids.Length;

    public string Fingerprint { get; }

    public IReadOnlyList<string> Troubles => [];

    public string NameOf(int index) => _ids[index];

    public (int Height, int Width)? SizeOf(int index) => null;

    public bool HasCaption(int index) => _captions.Contains(_ids[index]);

    public PictureText TextOf(int index) =>
        new(HasCaption(index) ? File.ReadAllText(Path.Combine(_texts, _ids[index] + ".txt")).Trim() : null);

    public byte[] Read(int index, int most = int.MaxValue) => PictureFiles.Read(Path.Combine(_images, _ids[index] + ".jpg"), most);

    public void Dispose()
    {
    }

    string? Folder(string name) => Directory.Exists(Path.Combine(Title, name)) ? Path.Combine(Title, name) : null;

    static string Stem(string path) => Path.GetFileNameWithoutExtension(path);
}
