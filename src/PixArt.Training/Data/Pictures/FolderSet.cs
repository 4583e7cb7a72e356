using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>A folder of pictures, its subfolders included. Captions stand in a text file of the picture's name, or in a
/// <c>metadata.jsonl</c> of the picture's folder or one above it.</summary>
sealed class FolderSet : IPictureSet
{
    readonly string[] _files;
    readonly string _folder;
    readonly HashSet<string> _texts;
    readonly MetadataLines _metadata;

    public FolderSet(PictureSetRecipe recipe)
    {
        _folder = PictureFiles.Folder(recipe.Folder);
        var all = Directory.GetFiles(_folder, "*", SearchOption.AllDirectories);
        Array.Sort(all, StringComparer.Ordinal);
        _files = [.. all.Where(PictureFiles.IsPicture)];
        if (_files.Length == 0) throw new InvalidSettingException("data.folder", _folder, "a folder with png, jpg or webp images");
        _texts = all.Where(file => Path.GetExtension(file) is ".txt").ToHashSet(StringComparer.Ordinal);
        _metadata = new(all.Where(file => Path.GetFileName(file) is MetadataLines.FileName), recipe);
        Fingerprint = PictureFiles.Hash(_files.Select(file => $"{Path.GetRelativePath(_folder, file)} {new FileInfo(file).Length}"));
    }

    public string Title => _folder;

    public int Count => _files.Length;

    public string Fingerprint { get; }

    public IReadOnlyList<string> Troubles => _metadata.Troubles;

    public string NameOf(int index) => Path.GetRelativePath(_folder, _files[index]);

    public (int Height, int Width)? SizeOf(int index) => null;

    public bool HasCaption(int index) => _texts.Contains(TextFile(index)) || _metadata.Find(_files[index]) is not null;

    public PictureText TextOf(int index)
    {
        var path = TextFile(index);
        return _metadata.Find(_files[index]) ?? new(_texts.Contains(path) ? File.ReadAllText(path).Trim() : null);
    }

    public byte[] Read(int index, int most = int.MaxValue) => PictureFiles.Read(_files[index], most);

    public void Dispose()
    {
    }

    string TextFile(int index) => Path.ChangeExtension(_files[index], ".txt");
}
