using PixArt.Torch;

namespace PixArt.Models;

/// <summary>What <see cref="AutoencoderKL.Encode"/> answers: a normal distribution over latents, independent in every element.</summary>
public sealed class DiagonalGaussian : IDisposable
{
    /// <summary>Splits the encoder's output.</summary>
    /// <param name="moments">[B, 2C, h, w]: means, then log-variances, which are clamped to [-30, 20].</param>
    public DiagonalGaussian(Tensor moments)
    {
        ArgumentNullException.ThrowIfNull(moments);
        using var scope = TensorScope.Begin();
        var halves = moments.Chunk(2, 1);
        Mean = scope.Keep(halves[0]);
        LogVariance = scope.Keep(halves[1].Clamp(-30, 20));
    }

    /// <summary>Means [B, C, h, w].</summary>
    public Tensor Mean { get; }

    /// <summary>Log-variances [B, C, h, w], within [-30, 20].</summary>
    public Tensor LogVariance { get; }

    /// <summary>The most likely latents: a copy of <see cref="Mean"/>.</summary>
    public Tensor Mode() => Mean.Clone();

    /// <summary>Standard deviations [B, C, h, w].</summary>
    public Tensor StandardDeviation()
    {
        using var scope = TensorScope.Begin();
        return scope.Keep((LogVariance * 0.5).Exp());
    }

    /// <summary>Draws latents [B, C, h, w]; gradients flow through (reparameterised).</summary>
    /// <param name="generator">Where the noise comes from; the global stream where <see langword="null"/>.</param>
    public Tensor Sample(Generator? generator = null)
    {
        using var scope = TensorScope.Begin();
        // Drawn on the generator's device, so that one seed gives one picture wherever the model runs.
        var noise = Tensor.Randn(Mean.Shape, generator, Mean.DType, generator?.Device ?? Mean.Device);
        return scope.Keep(Sample(noise));
    }

    /// <summary>Draws latents [B, C, h, w] with given noise; gradients flow through.</summary>
    /// <param name="noise">Standard normal numbers of that shape, on any device.</param>
    public Tensor Sample(Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = TensorScope.Begin();
        return scope.Keep(Mean + StandardDeviation() * noise.To(Mean.Device));
    }

    /// <summary>Divergence from the standard normal, summed over an image's elements [B].</summary>
    public Tensor Kl()
    {
        using var scope = TensorScope.Begin();
        return scope.Keep((Mean.Square() + LogVariance.Exp() - 1 - LogVariance).Sum([1, 2, 3]) * 0.5);
    }

    /// <summary>Negative log-likelihood of latents, summed over an image's elements [B].</summary>
    /// <param name="sample">[B, C, h, w].</param>
    public Tensor NegativeLogLikelihood(Tensor sample)
    {
        using var scope = TensorScope.Begin();
        var squared = (sample - Mean).Square() * (-LogVariance).Exp();
        return scope.Keep((squared + LogVariance + Math.Log(2 * Math.PI)).Sum([1, 2, 3]) * 0.5);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Mean.Dispose();
        LogVariance.Dispose();
    }
}
