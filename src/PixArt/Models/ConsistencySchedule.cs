using PixArt.Torch;

namespace PixArt.Models;

/// <summary>The noise of the consistency decoder: cosine betas, and the factors that turn the network's output into a picture (Song et al.
/// 2023, with a data deviation of 0.5).</summary>
internal sealed class ConsistencySchedule
{
    /// <summary>The two timesteps at which it decodes.</summary>
    internal const int First = 1008, Second = 512;
    const double DataVariance = 0.25;

    internal ConsistencySchedule(int steps)
    {
        using var scope = TensorScope.Begin();
        var betas = new float[steps];
        for (var i = 0; i < steps; i++) betas[i] = (float)Math.Min(1 - Kept((i + 1.0) / steps) / Kept((double)i / steps), 0.999);
        var kept = (1.0 - Tensor.FromArray(betas, steps)).CumProd(0);
        var (sigmaSquared, growth) = (1.0 / kept - 1.0, (1.0 / kept).Sqrt());
        var total = sigmaSquared.Sqrt().Square() + DataVariance;
        Signal = kept.Sqrt().ToArray<float>();
        Noise = (1.0 - kept).Sqrt().ToArray<float>();
        Skip = (growth * DataVariance / total).ToArray<float>();
        Out = (sigmaSquared.Sqrt() * Math.Sqrt(DataVariance) / total.Sqrt()).ToArray<float>();
        In = (growth / total.Sqrt()).ToArray<float>();
    }

    /// <summary>√ᾱ and √(1-ᾱ): how much of the picture and how much noise there is at a timestep.</summary>
    internal float[] Signal { get; }

    internal float[] Noise { get; }

    /// <summary>Factor on the noisy picture in the result.</summary>
    internal float[] Skip { get; }

    /// <summary>Factor on the network's output in the result.</summary>
    internal float[] Out { get; }

    /// <summary>Factor on the noisy picture that the network reads.</summary>
    internal float[] In { get; }

    static double Kept(double time) => Math.Pow(Math.Cos((time + 0.008) / 1.008 * Math.PI / 2), 2);
}
