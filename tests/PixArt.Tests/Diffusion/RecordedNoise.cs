using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

/// <summary>Gives draws that a golden recorded, in their order; asking for more or another shape fails.</summary>
sealed class RecordedNoise(float[] values, long[] shape) : INoiseSource
{
    readonly int _size = (int)shape.Skip(1).Aggregate(1L, (a, b) => a * b);

    public int Drawn { get; private set; }

    /// <summary>No draw is expected.</summary>
    public static RecordedNoise None { get; } = new([], [0]);

    public static RecordedNoise Of(Golden golden, string tensor) => golden.Has(tensor)
        ? new RecordedNoise(golden.Floats(tensor), golden.Shape(tensor))
        : None;

    public Tensor Draw(long[] wanted, ScalarType dtype, Device device)
    {
        Assert.Equal(shape.Skip(1), wanted);
        Assert.True(Drawn < shape[0], $"draw {Drawn + 1} of {shape[0]}");
        var draw = values[(Drawn * _size)..((Drawn + 1) * _size)];
        Drawn++;
        var drawn = Tensor.FromArray(draw, wanted);
        return device == Device.Cpu ? drawn : drawn.To(device);
    }
}
