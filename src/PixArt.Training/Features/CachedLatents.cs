using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Ranks;

namespace PixArt.Training.Features;

/// <summary>Latents that were encoded once: half-precision values in memory-mapped files, one record a sample.</summary>
sealed class CachedLatents : ILatentData
{
    readonly IImageData _images;
    readonly LatentCacheIdentity _identity;
    readonly LatentCacheLayout _layout;
    readonly MemoryMappedFile[] _files;
    readonly MemoryMappedViewAccessor[] _views;
    readonly Dictionary<long, long> _sources;

    CachedLatents(string folder, IImageData images, LatentCacheIdentity identity)
    {
        (_images, _identity, _layout) = (images, identity, new(images.Groups, identity));
        _sources = LatentCacheSources.Read(folder);
        _files = [.. Enumerable.Range(0, _layout.Parts).Select(part => MemoryMappedFile.CreateFromFile(
            Path.Combine(folder, LatentCacheLayout.FileName(part)), FileMode.Open, null, 0, MemoryMappedFileAccess.Read))];
        _views = [.. _files.Select(file => file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read))];
    }

    /// <inheritdoc/>
    public long Count => _identity.Count;

    /// <inheritdoc/>
    public IReadOnlyList<SampleGroup> Groups => _images.Groups;

    /// <summary>Opens a cache, encoding first what it lacks.</summary>
    /// <param name="folder">Where it lies; made if it is not there.</param>
    /// <param name="images">Gives captions, and images to encode; disposed with the result.</param>
    /// <param name="identity">What the cache must hold.</param>
    /// <param name="encode">Images to unscaled latents [B, C or 2C, h, w]: means, then deviations.</param>
    /// <param name="progress">Is told the number of samples that are there, and of all.</param>
    /// <param name="cancel">Stops between batches; what was encoded stays.</param>
    public static CachedLatents Open(
        string folder, IImageData images, LatentCacheIdentity identity, Func<Tensor, Tensor> encode,
        IProgress<(long Done, long Total)>? progress = null, CancellationToken cancel = default)
    {
        var builder = new LatentCacheBuilder(folder, images, identity, encode);
        builder.Run(0, 1, progress, cancel);
        return new(builder.Folder, images, identity);
    }

    /// <inheritdoc/>
    public Tensor Read(IReadOnlyList<SampleVisit> samples, BatchNoise posterior)
    {
        using var scope = TensorScope.Begin();
        var shape = _layout.Shape(samples[0].Index);
        var parts = _identity.Deviations ? 2 : 1;
        var stored = Tensor.Empty([samples.Count, parts * shape[0], .. shape[1..]], ScalarType.Float16);
        Copy(samples, MemoryMarshal.AsBytes(stored.AsSpan<ushort>()));
        var values = stored.To(ScalarType.Float32).Chunk(parts, 1);
        var latents = parts == 1 ? values[0] : values[0] + (values[1] * posterior.Normal(values[0].Shape));
        return scope.Keep((latents - _identity.Shift) * _identity.Scale);
    }

    /// <inheritdoc/>
    public PictureShape Shape(long index) => _images.Shape(Source(index));

    /// <inheritdoc/>
    public string Caption(long index, long visit) => _images.Caption(Source(index), visit);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var view in _views) view.Dispose();
        foreach (var file in _files) file.Dispose();
        _images.Dispose();
    }

    long Source(long index) => _sources.GetValueOrDefault(index, index);

    void Copy(IReadOnlyList<SampleVisit> samples, Span<byte> target)
    {
        var record = target.Length / samples.Count;
        for (var i = 0; i < samples.Count; i++)
        {
            var index = samples[i].Index;
            _views[index / LatentCacheLayout.PartSamples].SafeMemoryMappedViewHandle
                .ReadSpan((ulong)_layout.Offset(index), target.Slice(i * record, record));
        }
    }
}
