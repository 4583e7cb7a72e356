using System.Runtime.InteropServices;
using PixArt.Torch;
using PixArt.Training.Ranks;

namespace PixArt.Training.Objectives;

/// <summary>Draws the noise of training. Each part of it has a stream of its own: a setting changes what it adds, nothing else.</summary>
/// <param name="options">How it differs from plain normal draws.</param>
/// <param name="seed">The run's seed.</param>
/// <param name="share">This process's part of every batch; null: all of it.</param>
sealed class TrainingNoise(NoiseOptions options, ulong seed, BatchShare? share = null)
{
    readonly BatchShare _share = share ?? BatchShare.Whole;

    /// <summary>The noise of a batch.</summary>
    /// <param name="shape">[B, C, H, W]: B samples of this process.</param>
    /// <param name="device">Where it is drawn.</param>
    /// <param name="pass">The forward pass.</param>
    /// <param name="part">The part of it.</param>
    /// <param name="step">Optimizer steps made before.</param>
    public DrawnNoise Draw(long[] shape, Device device, long pass, int part, long step)
    {
        using var scope = TensorScope.Begin();
        RandomKey Key(RandomPurpose purpose) => new(seed, purpose, pass, part);
        using var generator = Key(RandomPurpose.Noise).Generator(device);
        var wanted = new BatchNoise(generator, _share).Normal(shape);
        if (options.Offset > 0 && Key(RandomPurpose.NoiseOffset).Stream().NextDouble() < options.OffsetProbability)
        {
            using var offsets = Key(RandomPurpose.NoiseOffset).Generator(device);
            wanted += new BatchNoise(offsets, _share).Normal([shape[0], shape[1], 1, 1]) * options.Offset;
        }

        var perturbation = options.PerturbationAt(step);
        if (perturbation == 0) return new(scope.Keep(wanted), wanted);
        using var others = Key(RandomPurpose.InputPerturbation).Generator(device);
        return new(scope.Keep(wanted), scope.Keep(wanted + (new BatchNoise(others, _share).Normal(shape) * perturbation)));
    }
}

/// <summary>Noise of a batch; the tensors belong to the scope that was open, and may be one.</summary>
/// <param name="Wanted">What the model shall predict.</param>
/// <param name="Mixed">What is mixed into the latents.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct DrawnNoise(Tensor Wanted, Tensor Mixed);
