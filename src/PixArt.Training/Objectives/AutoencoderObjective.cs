using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>How well an autoencoder reproduces an image: absolute and square error of pixels, absolute error of their
/// differences to the right and lower neighbour (edges), and a small divergence that keeps latents near the unit
/// normal.</summary>
public sealed record AutoencoderObjective
{
    /// <summary>Weight of the mean absolute error.</summary>
    public double AbsoluteWeight { get; set; } = 1;

    /// <summary>Weight of the mean square error.</summary>
    public double SquareWeight { get; set; } = 1;

    /// <summary>Weight of the mean absolute error of pixel differences.</summary>
    public double GradientWeight { get; set; } = 1;

    /// <summary>Weight of the divergence, per latent element.</summary>
    public double DivergenceWeight { get; set; } = 1e-4;

    /// <summary>Computes the loss.</summary>
    /// <param name="image">[B, 3, H, W] in [-1, 1].</param>
    /// <param name="reconstruction">The decoder's output of the same shape.</param>
    /// <param name="mean">Mean of the posterior, [B, c, h, w].</param>
    /// <param name="logVariance">Log-variance of the posterior, of the same shape.</param>
    public AutoencoderLoss Evaluate(Tensor image, Tensor reconstruction, Tensor mean, Tensor logVariance)
    {
        using var scope = TensorScope.Begin();
        var error = reconstruction - image;
        var absolute = error.Abs().Mean();
        var square = error.Square().Mean();
        var gradient = (Differences(error, 2) + Differences(error, 3)) * 0.5;
        var divergence = (mean.Square() + logVariance.Exp() - 1.0 - logVariance).Mean() * 0.5;
        var total = (absolute * AbsoluteWeight) + (square * SquareWeight) + (gradient * GradientWeight)
            + (divergence * DivergenceWeight);
        return new(
            scope.Keep(total), scope.Keep(absolute), scope.Keep(square), scope.Keep(gradient), scope.Keep(divergence));
    }

    static Tensor Differences(Tensor error, int dim)
    {
        using var scope = TensorScope.Begin();
        var length = error.Size(dim) - 1;
        return scope.Keep((error.Narrow(dim, 1, length) - error.Narrow(dim, 0, length)).Abs().Mean());
    }
}
