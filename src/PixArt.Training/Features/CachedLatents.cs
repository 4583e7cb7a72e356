using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Weights;

namespace PixArt.Training.Features;

/// <summary>Latents that were encoded once: half-precision values in one memory-mapped file, one record a sample. Building
/// continues where an interrupted build stopped.</summary>
sealed class CachedLatents : ILatentData
{
    const string DataName = "latents.f16";
    readonly IImageData _images;
    readonly LatentCacheIdentity _identity;
    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;

    CachedLatents(string folder, IImageData images, LatentCacheIdentity identity)
    {
        (_images, _identity) = (images, identity);
        _file = MemoryMappedFile.CreateFromFile(
            Path.Combine(folder, DataName), FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <inheritdoc/>
    public long Count => _identity.Count;

    /// <summary>Opens a cache, encoding first what it lacks.</summary>
    /// <param name="folder">Where it lies; made if it is not there, begun anew if it holds something else.</param>
    /// <param name="images">Gives captions, and images to encode; disposed with the result.</param>
    /// <param name="identity">What the cache must hold.</param>
    /// <param name="encode">Images to unscaled latents [B, C or 2C, h, w]: means, then deviations.</param>
    /// <param name="progress">Is told the number of samples that are there.</param>
    /// <param name="cancel">Stops between batches; what was encoded stays.</param>
    public static CachedLatents Open(
        string folder, IImageData images, LatentCacheIdentity identity, Func<Tensor, Tensor> encode,
        IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, DataName);
        if (LatentCacheIdentity.Read(folder)?.Matches(identity) != true)
        {
            File.Delete(path);
            AtomicFile.WriteText(Path.Combine(folder, LatentCacheIdentity.FileName), identity.ToJson());
        }

        var record = identity.ValuesPerSample * (long)Marshal.SizeOf<Half>();
        using (var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read))
        {
            // A record that was cut off by a crash is written again.
            var done = Math.Min(stream.Length / record, identity.Count);
            stream.SetLength(done * record);
            stream.Seek(0, SeekOrigin.End);
            Encode(stream, done, images, identity, encode, progress, cancel);
            stream.Flush(flushToDisk: true);
        }

        return new(folder, images, identity);
    }

    /// <inheritdoc/>
    public Tensor Read(IReadOnlyList<long> indices, Generator posterior)
    {
        using var scope = TensorScope.Begin();
        long[] shape = [indices.Count, .. _identity.Shape];
        var values = _identity.ValuesPerSample;
        var half = new Half[values];
        var one = new float[values];
        var perPart = values / (_identity.Deviations ? 2 : 1);
        var latents = Tensor.Empty(shape);
        var noise = _identity.Deviations ? Tensor.Randn(shape, posterior) : null;
        for (var i = 0; i < indices.Count; i++)
        {
            _view.ReadArray(indices[i] * values * Marshal.SizeOf<Half>(), half, 0, values);
            for (var j = 0; j < values; j++) one[j] = (float)half[j];
            var target = latents.AsSpan<float>().Slice(i * perPart, perPart);
            Scaled(one, noise is null ? default : noise.AsSpan<float>().Slice(i * perPart, perPart), target);
        }

        return scope.Keep(latents);
    }

    /// <inheritdoc/>
    public string Caption(long index, long visit) => _images.Caption(index, visit);

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
        _images.Dispose();
    }

    void Scaled(ReadOnlySpan<float> stored, ReadOnlySpan<float> noise, Span<float> target)
    {
        var (scale, shift) = ((float)_identity.Scale, (float)_identity.Shift);
        for (var i = 0; i < target.Length; i++)
        {
            var value = noise.IsEmpty ? stored[i] : stored[i] + (stored[target.Length + i] * noise[i]);
            target[i] = (value - shift) * scale;
        }
    }

    static void Encode(
        Stream stream, long done, IImageData images, LatentCacheIdentity identity, Func<Tensor, Tensor> encode,
        IProgress<long>? progress, CancellationToken cancel)
    {
        const int batch = 16;
        var half = new Half[identity.ValuesPerSample * batch];
        while (done < identity.Count)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var count = (int)Math.Min(batch, identity.Count - done);
            var first = done;
            var pictures = new Imaging.Image[count];
            Parallel.For(0, count, i => pictures[i] = images.Get(first + i));
            var values = encode(PixelTensors.FromImages(pictures)).ToArray<float>();
            for (var i = 0; i < values.Length; i++) half[i] = (Half)values[i];
            stream.Write(MemoryMarshal.AsBytes(half.AsSpan(0, values.Length)));
            done += count;
            progress?.Report(done);
        }
    }
}
