using System.Collections;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>Sampled latents that wait for the autoencoder. Lives outside of every scope.</summary>
sealed class LatentsOfBatches : IEnumerable<(Tensor Latents, PictureToMake[] Pictures)>, IDisposable
{
    readonly List<(Tensor Latents, PictureToMake[] Pictures)> _batches = [];

    /// <summary>Keeps a copy.</summary>
    public void Add(Tensor latents, PictureToMake[] pictures) => _batches.Add((TensorScope.Release(latents.Clone()), pictures));

    public IEnumerator<(Tensor Latents, PictureToMake[] Pictures)> GetEnumerator() => _batches.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        foreach (var (latents, _) in _batches) latents.Dispose();
    }
}
