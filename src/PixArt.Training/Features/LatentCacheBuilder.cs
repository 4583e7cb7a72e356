using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Weights;

namespace PixArt.Training.Features;

/// <summary>Encodes what a cache lacks. Records are appended to the file of their part, so that its length says how far it is:
/// a process that dies loses at most the record that it was writing.</summary>
/// <param name="folder">The cache.</param>
/// <param name="images">The images.</param>
/// <param name="identity">What the cache must hold.</param>
/// <param name="encode">Images [B, 3, H, W] to unscaled latents [B, C or 2C, h, w]: means, then deviations.</param>
sealed class LatentCacheBuilder(string folder, IImageData images, LatentCacheIdentity identity, Func<Tensor, Tensor> encode)
{
    const int BatchSize = 32;
    readonly LatentCacheLayout _layout = new(images.Groups, identity);

    /// <summary>Where the latents of this identity lie.</summary>
    public string Folder { get; } = Path.Combine(folder, identity.Key);

    /// <summary>Encodes the missing samples of some parts.</summary>
    /// <param name="rank">Number of this process, 0 up to <paramref name="world"/>: it takes every <paramref name="world"/>-th part.</param>
    /// <param name="world">Processes that share the work.</param>
    /// <param name="progress">Is told the number of samples that are there, of those that are this process's.</param>
    /// <param name="cancel">Stops between batches; what was encoded stays.</param>
    public void Run(int rank, int world, IProgress<(long Done, long Total)>? progress, CancellationToken cancel)
    {
        AtomicFile.WriteText(Path.Combine(Folder, LatentCacheIdentity.FileName), identity.ToJson());
        var parts = Enumerable.Range(0, _layout.Parts).Where(part => part % world == rank).ToArray();
        var total = parts.Sum(part => _layout.Samples(part).End - _layout.Samples(part).First);
        var done = 0L;
        foreach (var part in parts) Complete(part, made => progress?.Report((done += made, total)), cancel);
    }

    void Complete(int part, Action<long> told, CancellationToken cancel)
    {
        var path = Path.Combine(Folder, LatentCacheLayout.FileName(part));
        var (first, end) = _layout.Samples(part);
        if (File.Exists(path) && _layout.FirstMissing(part, new FileInfo(path).Length) == end)
        {
            told(end - first);
            return;
        }

        using var stream = Append(path);
        var next = _layout.FirstMissing(part, stream.Length);
        told(next - first);
        // A record that was cut off by a crash is written again.
        stream.SetLength(next < end ? _layout.Offset(next) : stream.Length);
        stream.Seek(0, SeekOrigin.End);
        var batches = Batches(next, end);

        // Pictures of the next batches are made while one is encoded.
        using var pictures = new Prefetcher<Tensor>(number => number < batches.Count ? Pictures(batches[(int)number]) : Tensor.Empty([0]), 0);
        foreach (var batch in batches)
        {
            cancel.ThrowIfCancellationRequested();
            using var made = pictures.Next();
            Encode(stream, made, batch);
            told(batch.Count);
        }

        stream.Flush(flushToDisk: true);
    }

    static FileStream Append(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PixArtException($"cannot add to the latents in '{path}' (does another process?): {e.Message}", e);
        }
    }

    // Neighbours of one size.
    List<(long First, int Count)> Batches(long next, long end)
    {
        var batches = new List<(long First, int Count)>();
        while (next < end)
        {
            var count = 1;
            while (count < BatchSize && next + count < end && ReferenceEquals(_layout.Shape(next), _layout.Shape(next + count))) count++;
            batches.Add((next, count));
            next += count;
        }

        return batches;
    }

    Tensor Pictures((long First, int Count) batch) =>
        ImageTensors.ToTensor([.. Enumerable.Range(0, batch.Count).Select(i => images.Get(batch.First + i))]);

    void Encode(FileStream stream, Tensor pictures, (long First, int Count) batch)
    {
        using var scope = TensorScope.Begin();
        LatentCacheSources.Append(Folder, Enumerable.Range(0, batch.Count).Select(i => (batch.First + i, images.SourceOf(batch.First + i))));
        stream.Write(encode(pictures).To(ScalarType.Float16).Cpu().Contiguous().AsBytes());
    }
}
