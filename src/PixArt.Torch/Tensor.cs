using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PixArt.Torch.Native;

namespace PixArt.Torch;

/// <summary>
/// A libtorch tensor. Every operation returns a new one; it belongs to the innermost open <see cref="TensorScope"/> of the thread, or to
/// the caller where there is none. Disposing frees it at once; the autograd graph keeps what it needs by itself.
/// </summary>
public sealed partial class Tensor : IDisposable
{
    private readonly TensorHandle handle;

    internal Tensor(nint native)
    {
        if (native == 0) throw new TorchException("libtorch returned no tensor");
        handle = new TensorHandle(native);
        TensorScope.Register(this);
    }

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public unsafe long[] Shape
    {
        get
        {
            NativeTensorInfo info = Info();
            return new ReadOnlySpan<long>(info.Sizes, (int)info.Rank).ToArray();
        }
    }

    /// <summary>Distance in elements between neighbours along each dimension.</summary>
    public unsafe long[] Strides
    {
        get
        {
            NativeTensorInfo info = Info();
            return new ReadOnlySpan<long>(info.Strides, (int)info.Rank).ToArray();
        }
    }

    /// <summary>Number of dimensions.</summary>
    public int Rank => (int)Info().Rank;

    /// <summary>Number of elements.</summary>
    public long Count => Info().Count;

    /// <summary>Element type.</summary>
    public ScalarType DType => (ScalarType)Info().DType;

    /// <summary>Where the elements live.</summary>
    public Device Device
    {
        get
        {
            NativeTensorInfo info = Info();
            return new Device(info.DeviceType, Math.Max(info.DeviceIndex, 0));
        }
    }

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous => Info().Contiguous != 0;

    /// <summary>Whether <see cref="Dispose"/> has been called.</summary>
    public bool IsDisposed => handle.IsClosed;

    /// <summary>Whether gradients flow to this tensor.</summary>
    public unsafe bool RequiresGrad
    {
        get
        {
            int value;
            Check(NativeMethods.px_requires_grad(Acquire(), &value));
            return value != 0;
        }

        set => Check(NativeMethods.px_set_requires_grad(Acquire(), value ? 1 : 0));
    }

    /// <summary>The gradient that backward accumulated; null where there is none. Each read is a new handle on the same memory.</summary>
    public unsafe Tensor? Grad
    {
        get
        {
            nint gradient;
            Check(NativeMethods.px_get_gradient(Acquire(), &gradient));
            return gradient == 0 ? null : new Tensor(gradient);
        }

        set
        {
            nint gradient = value?.Acquire() ?? 0;
            Check(NativeMethods.px_set_gradient(Acquire(), gradient));
            value?.Release();
        }
    }

    internal TensorScope? Scope { get; set; }

    /// <summary>Size of one dimension; negative counts from the end.</summary>
    public unsafe long Size(int dim)
    {
        NativeTensorInfo info = Info();
        int at = dim < 0 ? dim + (int)info.Rank : dim;
        if (at < 0 || at >= info.Rank) throw new ArgumentOutOfRangeException(nameof(dim), dim, $"the tensor has {info.Rank} dimensions");
        return info.Sizes[at];
    }

    /// <summary>The elements in row-major order.</summary>
    /// <typeparam name="T">The C# type of the element type; <see cref="float"/> converts from any floating type.</typeparam>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        using var scope = TensorScope.Begin();
        Tensor source = Detach();
        if (source.DType != ScalarTypes.Of<T>() && source.DType.IsFloatingPoint() && ScalarTypes.Of<T>().IsFloatingPoint())
            source = source.To(ScalarTypes.Of<T>());
        return source.Cpu().Contiguous().AsSpan<T>().ToArray();
    }

    /// <summary>The only element.</summary>
    public T Item<T>()
        where T : unmanaged
    {
        if (Count != 1) throw new InvalidOperationException($"Item needs one element, the tensor has {Count}");
        return ToArray<T>()[0];
    }

    /// <summary>The elements in place; valid while this tensor is not disposed.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not on the CPU, not contiguous, or of another element type.</exception>
    public unsafe Span<T> AsSpan<T>()
        where T : unmanaged
    {
        NativeTensorInfo info = Info();
        if (info.DeviceType != Device.CpuType) throw new InvalidOperationException($"AsSpan needs a CPU tensor, this one is on {Device}");
        if (info.Contiguous == 0) throw new InvalidOperationException("AsSpan needs a contiguous tensor: call Contiguous() first");
        bool sameSize = typeof(T) == typeof(ushort) && (ScalarType)info.DType is ScalarType.BFloat16 or ScalarType.Float16;
        if (!sameSize && (ScalarType)info.DType != ScalarTypes.Of<T>())
            throw new InvalidOperationException($"AsSpan<{typeof(T).Name}> does not fit a tensor of {(ScalarType)info.DType}");
        return new Span<T>(info.Data, checked((int)info.Count));
    }

    /// <summary>The raw bytes of a contiguous CPU tensor, in place.</summary>
    public unsafe ReadOnlySpan<byte> AsBytes()
    {
        NativeTensorInfo info = Info();
        if (info.DeviceType != Device.CpuType || info.Contiguous == 0) throw new InvalidOperationException("AsBytes needs a contiguous CPU tensor");
        return new ReadOnlySpan<byte>(info.Data, checked((int)(info.Count * ((ScalarType)info.DType).ByteSize())));
    }

    /// <summary>Address of the first element of a CPU tensor; valid while this tensor is not disposed.</summary>
    public unsafe nint DataPointer => (nint)Info().Data;

    /// <summary>Runs backward from this tensor; gradients accumulate in <see cref="Grad"/> of the leaves.</summary>
    /// <param name="gradient">Gradient of this tensor; null for a scalar loss.</param>
    /// <param name="retainGraph">Keep the graph for another backward.</param>
    public void Backward(Tensor? gradient = null, bool retainGraph = false)
    {
        nint given = gradient?.Acquire() ?? 0;
        int status = NativeMethods.px_backward(Acquire(), given, retainGraph ? 1 : 0);
        Release();
        gradient?.Release();
        Autograd.ThrowIfFailed(status);
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    /// <inheritdoc/>
    public override string ToString() => IsDisposed ? "(disposed tensor)" : $"{DType}[{string.Join(", ", Shape)}] on {Device}";

    internal nint Acquire()
    {
        bool added = false;
        handle.DangerousAddRef(ref added);
        return handle.DangerousGetHandle();
    }

    internal void Release() => handle.DangerousRelease();

    private void Check(int status, [CallerMemberName] string operation = "")
    {
        Release();
        NativeMethods.Check(status, operation);
    }

    private unsafe NativeTensorInfo Info()
    {
        NativeTensorInfo info;
        Check(NativeMethods.px_tensor_get_info(Acquire(), &info), "tensor");
        return info;
    }
}
