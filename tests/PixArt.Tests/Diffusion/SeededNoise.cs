using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

/// <summary>A generator's noise that disposes its generator.</summary>
sealed class SeededNoise(ulong seed) : INoiseSource, IDisposable
{
    readonly Generator _generator = new(seed);

    public int Drawn { get; private set; }

    public Tensor Draw(long[] shape, ScalarType dtype, Device device)
    {
        Drawn++;
        return new GeneratorNoise(_generator).Draw(shape, dtype, device);
    }

    public void Dispose() => _generator.Dispose();
}
