using System.IO.MemoryMappedFiles;
using PixArt.Torch;
using PixArt.Training.Data;

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
    public Tensor Read(IReadOnlyList<SampleVisit> samples, Generator posterior)
    {
        using var scope = TensorScope.Begin();
        var values = _layout.Values(samples[0].Index);
        long[] shape = [samples.Count, .. _layout.Shape(samples[0].Index)];
        var half = new Half[values];
        var one = new float[values];
        var perPart = values / (_identity.Deviations ? 2 : 1);
        var latents = Tensor.Empty(shape);
        var noise = _identity.Deviations ? Tensor.Randn(shape, posterior) : null;
        for (var i = 0; i < samples.Count; i++)
        {
            var index = samples[i].Index;
            _views[index / LatentCacheLayout.PartSamples].ReadArray(_layout.Offset(index), half, 0, values);
            for (var j = 0; j < values; j++) one[j] = (float)half[j];
            var target = latents.AsSpan<float>().Slice(i * perPart, perPart);
            Scaled(one, noise is null ? default : noise.AsSpan<float>().Slice(i * perPart, perPart), target);
        }

        return scope.Keep(latents);
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

    void Scaled(ReadOnlySpan<float> stored, ReadOnlySpan<float> noise, Span<float> target)
    {
        var (scale, shift) = ((float)_identity.Scale, (float)_identity.Shift);
        for (var i = 0; i < target.Length; i++)
        {
            var value = noise.IsEmpty ? stored[i] : stored[i] + (stored[target.Length + i] * noise[i]);
            target[i] = (value - shift) * scale;
        }
    }
}
