using System.Globalization;
using System.Runtime.InteropServices;

namespace PixArt.Torch;

/// <summary>Where a tensor lives: the CPU, or one CUDA device.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Device
{
    internal const int CpuType = 0;
    internal const int CudaType = 1;

    internal Device(int type, int index) => (Type, Index) = (type, index);

    /// <summary>The CPU.</summary>
    public static Device Cpu => default;

    /// <summary>Whether this is a CUDA device.</summary>
    public bool IsCuda => Type == CudaType;

    /// <summary>Number of the device among its kind; 0 for the CPU.</summary>
    public int Index { get; }

    internal int Type { get; }

    /// <summary>A CUDA device.</summary>
    /// <param name="index">Its number, from 0.</param>
    public static Device Cuda(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new Device(CudaType, index);
    }

    /// <summary>Reads "cpu", "cuda" or "cuda:N".</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static Device Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text is "cpu") return Cpu;
        if (text is "cuda") return Cuda();
        if (text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return Cuda(index);
        throw new FormatException($"device '{text}' is not known: use cpu, cuda or cuda:N");
    }

    /// <inheritdoc/>
    public override string ToString() => IsCuda ? $"cuda:{Index}" : "cpu";
}
