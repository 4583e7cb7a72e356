using System.Formats.Tar;

namespace PixArt.Training.Data.Pictures;

/// <summary>The samples of one tar file, in its order. A file that is cut off gives those before the cut.</summary>
sealed class TarShard
{
    public required IReadOnlyList<TarSample> Samples { get; init; }

    public required IReadOnlyList<string> Troubles { get; init; }

    /// <summary>Reads the members' headers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="number">Its number among the shards.</param>
    public static TarShard Read(string path, int number)
    {
        var reader = new Reader();
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            using var tar = new TarReader(stream, leaveOpen: true);
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile)) continue;
                if (entry.DataOffset + entry.Length > stream.Length) throw new EndOfStreamException("its last member is cut off");
                reader.Add(entry.Name, new(entry.DataOffset, entry.Length));
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or UnauthorizedAccessException)
        {
            reader.Troubles.Add($"{path}: {e.Message}; {reader.Pictures} pictures before that are used");
        }

        return new() { Samples = [.. reader.Samples(number)], Troubles = reader.Troubles };
    }

    /// <summary>Puts members together.</summary>
    sealed class Reader
    {
        readonly Dictionary<string, Parts> _byKey = new(StringComparer.Ordinal);
        readonly List<Parts> _order = [];

        public List<string> Troubles { get; } = [];

        public int Pictures => _order.Count(parts => parts.Picture is not null);

        public void Add(string name, TarMember member)
        {
            var file = name.LastIndexOf('/') + 1;
            var dot = name.IndexOf('.', file);
            if (dot <= file) return;
            var (key, ending) = (name[..dot], name[dot..]);
            if (!_byKey.TryGetValue(key, out var parts))
            {
                _byKey[key] = parts = new(key);
                _order.Add(parts);
            }

            if (PictureFiles.IsPicture(ending)) parts.Picture ??= member;
            else if (ending is ".txt" or ".caption") parts.Text ??= member;
            else if (ending is ".json") parts.Json ??= member;
        }

        public IEnumerable<TarSample> Samples(int shard) => _order.Where(parts => parts.Picture is not null)
            .Select(parts => new TarSample(shard, parts.Key, parts.Picture!.Value, parts.Text, parts.Json));
    }

    sealed class Parts(string key)
    {
        public string Key { get; } = key;

        public TarMember? Picture { get; set; }

        public TarMember? Text { get; set; }

        public TarMember? Json { get; set; }
    }
}
