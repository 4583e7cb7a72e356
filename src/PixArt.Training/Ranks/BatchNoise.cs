using PixArt.Torch;

namespace PixArt.Training.Ranks;

/// <summary>Random numbers for a process's share of a batch: those of the whole batch are drawn, and its own are kept, so that a sample
/// sees the same ones however many processes there are.</summary>
/// <param name="generator">Draws; it stays the caller's.</param>
/// <param name="share">Which are this process's own.</param>
public sealed class BatchNoise(Generator generator, BatchShare share)
{
    /// <summary>Numbers for whole batches.</summary>
    public static implicit operator BatchNoise(Generator generator) => FromGenerator(generator);

    /// <summary>Numbers for whole batches.</summary>
    public static BatchNoise FromGenerator(Generator generator) => new(generator, BatchShare.Whole);

    /// <summary>Standard normal draws.</summary>
    /// <param name="shape">[B, ...]: B samples of this process.</param>
    /// <param name="dtype">Their type.</param>
    /// <returns>Of that shape, on the generator's device.</returns>
    public Tensor Normal(long[] shape, ScalarType dtype = ScalarType.Float32) =>
        Own(shape, whole => Tensor.Randn(whole, generator, dtype, generator.Device));

    /// <summary>Uniform draws from [0, 1).</summary>
    /// <inheritdoc cref="Normal"/>
    public Tensor Uniform(long[] shape, ScalarType dtype = ScalarType.Float32) =>
        Own(shape, whole => Tensor.Rand(whole, generator, dtype, generator.Device));

    Tensor Own(long[] shape, Func<long[], Tensor> draw)
    {
        if (share.World == 1) return draw(shape);
        using var scope = TensorScope.Begin();
        var all = draw([shape[0] * share.World, .. shape[1..]]);
        return scope.Keep(all.Narrow(0, share.Rank * shape[0], shape[0]).Clone());
    }
}
