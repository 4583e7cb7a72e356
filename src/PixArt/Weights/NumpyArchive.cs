using System.IO.Compression;

namespace PixArt.Weights;

/// <summary>An .npz file: named arrays in a zip, stored or deflated. Opening reads the list of entries; an array is read, and
/// its checksum compared, when it is asked for.</summary>
public sealed class NumpyArchive : IDisposable
{
    // Deflate cannot do better, so what claims to be smaller is not what it says.
    const long BestRatio = 1032;
    const int MostEntries = 100_000;

    // The first day that zip knows: the same arrays make the same file.
    static readonly DateTimeOffset s_day = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    readonly ZipArchive _zip;
    readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
    readonly long _limit;

    NumpyArchive(string path, ZipArchive zip, long limit)
    {
        Path = path;
        _zip = zip;
        _limit = limit;
        if (zip.Entries.Count > MostEntries)
            throw new WeightsException(WeightsErrorKind.InvalidArchive, path, null, $"has {zip.Entries.Count} entries, at most {MostEntries} are read");
        foreach (var entry in zip.Entries)
        {
            var name = entry.FullName.EndsWith(".npy", StringComparison.Ordinal) ? entry.FullName[..^4] : entry.FullName;
            if (!_entries.TryAdd(name, entry))
                throw new WeightsException(WeightsErrorKind.InvalidArchive, path, name, "is there twice");
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The arrays' names, without <c>.npy</c>.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes that the elements of an array may have; above 2 GiB it has no effect.</param>
    /// <exception cref="WeightsException">It is not there, cannot be read, or is no zip.</exception>
    public static NumpyArchive Open(string path, long limit = NumpyFile.DefaultLimit)
    {
        return Open(NumpyFile.OpenRead(path), path, limit);
    }

    /// <summary>Takes over a stream, also when it throws.</summary>
    internal static NumpyArchive Open(Stream stream, string path, long limit)
    {
        try
        {
            return NumpyFile.Reading(path, null, () => new NumpyArchive(path, new ZipArchive(stream, ZipArchiveMode.Read), limit));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is an array of that name.</summary>
    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>Reads an array.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="WeightsException">There is none of that name, or it is malformed.</exception>
    public NumpyArray this[string name]
    {
        get
        {
            if (!_entries.TryGetValue(name, out var entry))
                throw new WeightsException(WeightsErrorKind.TensorNotFound, Path, name, $"is not among the {_entries.Count} arrays of the file");
            if (entry.Length / BestRatio > entry.CompressedLength)
                throw new WeightsException(WeightsErrorKind.InvalidArchive, Path, name, $"claims {entry.Length} bytes in {entry.CompressedLength}");
            return NumpyFile.Reading(Path, name, () =>
            {
                using var stream = new ChecksumStream(entry.Open());
                var array = NumpyFile.Read(stream, Path, name, entry.Length, _limit);
                return stream.Sum == entry.Crc32
                    ? array
                    : throw new WeightsException(WeightsErrorKind.InvalidArchive, Path, name, $"has the checksum {stream.Sum:x8}, expected {entry.Crc32:x8}");
            });
        }
    }

    /// <summary>Writes a file whole or not at all. The same arrays give the same bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="arrays">Names and arrays, in order.</param>
    /// <param name="compress">Deflated, as <c>numpy.savez_compressed</c>; else stored.</param>
    /// <exception cref="PixArtException">The file cannot be written, or NumPy has no such element type.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, NumpyArray>> arrays, bool compress = true)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        AtomicFile.Write(path, stream =>
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (name, array) in arrays)
            {
                if (!names.Add(name)) throw new ArgumentException($"two arrays are named '{name}'", nameof(arrays));
                var entry = zip.CreateEntry($"{name}.npy", compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
                entry.LastWriteTime = s_day;
                using var content = entry.Open();
                NumpyFile.Write(content, array);
            }
        });
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _zip.Dispose();

    /// <summary>Passes reads on and takes the CRC-32 of them.</summary>
    sealed class ChecksumStream(Stream inner) : Stream
    {
        public uint Sum { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer);
            Sum = Crc32.Append(Sum, buffer[..read]);
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
