using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// Noise of PyTorch's random streams: one generator for a whole batch, or one for each of its images, which then look as
/// they would alone. A CPU generator draws on the CPU wherever the noise goes, so a seed means the same on every device.
/// </summary>
/// <param name="generators">One generator, or as many as a batch has images; they stay the caller's.</param>
public sealed class GeneratorNoise(params IReadOnlyList<Generator> generators) : INoiseSource
{
    /// <inheritdoc/>
    public Tensor Draw(long[] shape, ScalarType dtype, Device device)
    {
        if (generators.Count == 1)
        {
            using var one = TensorScope.Begin();
            return one.Keep(Tensor.Randn(shape, generators[0], dtype, generators[0].Device).To(device));
        }

        if (generators.Count != shape[0])
            throw new InvalidSettingException("generators", generators.Count, $"1 or {shape[0]}, one an image");
        using var scope = TensorScope.Begin();
        long[] single = [1, .. shape[1..]];
        Tensor[] each = [.. generators.Select(g => Tensor.Randn(single, g, dtype, g.Device).To(device))];
        return scope.Keep(Tensor.Cat(each, 0));
    }
}
