using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Benchmarks;

/// <summary>Where and in which number format the cases compute: <c>--device</c> and <c>--dtype</c> of the command line.</summary>
internal static class Target
{
    public static Device Device { get; set; } = Device.Cpu;

    public static ScalarType DType { get; set; } = ScalarType.Float32;

    /// <summary>Random parameters there; for training in fp32, as trainers keep them.</summary>
    public static ParameterStore Parameters(Generator generator, bool training = false) =>
        new(null, training ? ScalarType.Float32 : DType, Device, generator);

    /// <summary>Standard normal numbers there, the same on every device.</summary>
    public static Tensor Randn(long[] shape, Generator? generator = null, bool training = false) =>
        Tensor.Randn(shape, generator).To(Device, training ? ScalarType.Float32 : DType);

    /// <summary>Products in the small type, where training is asked for in one.</summary>
    public static IDisposable? Cast() => DType == ScalarType.Float32 ? null : Autocast.Begin(DType);
}
