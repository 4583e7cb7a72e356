using System.Text;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights.PyTorch;

/// <summary>A file of <c>torch.save</c>: the zip form (since PyTorch 1.6) or the legacy form. Its pickle is interpreted into
/// plain values without running anything, and its tensors are mapped where they lie.</summary>
public sealed class PickleFile : WeightsFile
{
    const int MaxPickleBytes = 256 << 20;

    readonly PickleContents _contents;

    PickleFile(MappedFile file, PickleContents contents, bool bigEndian) : base(file)
    {
        _contents = contents;
        IsBigEndian = bigEndian;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _contents.Tensors;

    /// <summary>Numbers and texts that stand beside the tensors, as text: <c>epoch</c>, <c>step</c>, <c>optimizer.param_groups.0.lr</c>.</summary>
    public override IReadOnlyDictionary<string, string> Metadata => _contents.Metadata;

    /// <summary>The top-level parts that hold tensors, for example <c>state_dict</c>, <c>state_dict_ema</c>, <c>optimizer</c>;
    /// empty when the tensors stand at the top themselves.</summary>
    public IReadOnlyList<string> Sections => _contents.Sections;

    internal override bool IsBigEndian { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="section">The part whose tensors are wanted, for example <c>state_dict_ema</c>; <c>""</c>: all of them, with
    /// the part's name before each (<c>state_dict.x_embedder.proj.weight</c>). Without it, <c>state_dict</c> where there is one,
    /// else all.</param>
    /// <exception cref="WeightsException">It is not there, is damaged, has no such part, or asks for something that weights do
    /// not need.</exception>
    public static PickleFile Open(string path, string? section = null)
    {
        var file = new MappedFile(path);
        try
        {
            return Open(file, section);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    internal static bool Recognises(MappedFile file) => StoredArchive.Recognises(file) || LegacyFile.Recognises(file);

    internal static PickleFile Open(MappedFile file, string? section)
    {
        if (LegacyFile.Recognises(file)) return OpenLegacy(file, section);
        if (!StoredArchive.Recognises(file))
            throw new WeightsException(InvalidArchive, file.Path, null, "is no PyTorch file: neither a zip container nor the legacy form");
        var archive = StoredArchive.Read(file);
        var root = Root(file, archive);
        if (archive.Entries.ContainsKey($"{root}constants.pkl"))
            throw new WeightsException(ForbiddenPickle, file.Path, null, "is a TorchScript program, expected weights of torch.save");
        CheckVersion(file, archive, root);
        var (offset, length) = archive.Entries[$"{root}data.pkl"];
        if (length > MaxPickleBytes) throw new WeightsException(PickleTooLarge, file.Path, null, $"its pickle has {length} bytes, at most {MaxPickleBytes} are read");
        var reader = new PickleReader(file.Path, file.Span(offset, length));
        var contents = PickleContents.Collect(file.Path, reader.Read(), section, file.Length, storage => Place(file, archive, root, storage));
        return new PickleFile(file, contents, IsBig(file, archive, root));
    }

    static PickleFile OpenLegacy(MappedFile file, string? section)
    {
        var legacy = LegacyFile.Read(file);
        return new PickleFile(file, PickleContents.Collect(file.Path, legacy.Root, section, file.Length, legacy.Place), legacy.IsBigEndian);
    }

    /// <summary>The folder within the archive, with its slash.</summary>
    static string Root(MappedFile file, StoredArchive archive)
    {
        var pickles = archive.Entries.Keys.Where(n => n.EndsWith("/data.pkl", StringComparison.Ordinal)).Take(2).ToArray();
        return pickles is [var one]
            ? one[..^"data.pkl".Length]
            : throw new WeightsException(InvalidArchive, file.Path, null, $"is no PyTorch file: expected one entry '<name>/data.pkl', found {(pickles.Length == 0 ? "none" : "more")}");
    }

    static void CheckVersion(MappedFile file, StoredArchive archive, string root)
    {
        var text = Text(file, archive, $"{root}version");
        if (text is null || (int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var version) && version is >= 1 and <= 10)) return;
        throw new WeightsException(InvalidArchive, file.Path, null, $"has format version '{WeightsException.Shorten(text)}', expected 1 to 10");
    }

    static bool IsBig(MappedFile file, StoredArchive archive, string root) => Text(file, archive, $"{root}byteorder") switch
    {
        null or "little" => false,
        "big" => true,
        var other => throw new WeightsException(InvalidArchive, file.Path, null, $"has byte order '{WeightsException.Shorten(other)}', expected little or big"),
    };

    static string? Text(MappedFile file, StoredArchive archive, string name)
    {
        if (!archive.Entries.TryGetValue(name, out var entry)) return null;
        return Encoding.UTF8.GetString(file.Span(entry.Offset, Math.Min(entry.Length, 64))).Trim();
    }

    static (long Offset, long Length) Place(MappedFile file, StoredArchive archive, string root, PickleStorage storage)
    {
        if (storage.Key.Length is 0 or > 64 || storage.Key.AsSpan().IndexOfAny('/', '\\') >= 0)
            throw new WeightsException(InvalidPickle, file.Path, null, $"names a storage '{WeightsException.Shorten(storage.Key)}'");
        return archive.Entries.TryGetValue($"{root}data/{storage.Key}", out var entry)
            ? entry
            : throw new WeightsException(InvalidArchive, file.Path, null, $"lacks the entry data/{storage.Key} that its pickle names");
    }
}
