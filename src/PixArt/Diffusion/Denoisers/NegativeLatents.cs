using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>Latents that the negative half of guidance is shown instead of the run's own.</summary>
sealed class NegativeLatents : IDisposable
{
    /// <summary>[B, C, H, W] as the model is shown them; null: the run's own.</summary>
    public Tensor? Current { get; private set; }

    /// <summary>Changes them.</summary>
    /// <param name="latents">Belongs to this object from now on, outside of every scope; null: the run's own.</param>
    public void Set(Tensor? latents)
    {
        Current?.Dispose();
        Current = latents is null ? null : TensorScope.Release(latents);
    }

    /// <summary>A model that answers for both halves in one batch, negative first, each shown its own latents.</summary>
    public IDenoiser Around(IDenoiser pair) => new Replaced(pair, this);

    /// <summary>Frees them.</summary>
    public void Dispose() => Set(null);

    sealed class Replaced(IDenoiser pair, NegativeLatents source) : IDenoiser
    {
        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
        {
            if (source.Current is not { } negative) return pair.Predict(latents, timestep, cancellation);
            using var scope = TensorScope.Begin();
            return scope.Keep(pair.Predict(Tensor.Cat([negative, latents]), timestep, cancellation));
        }
    }
}
