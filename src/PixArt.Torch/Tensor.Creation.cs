using System.Runtime.InteropServices;
using PixArt.Torch.Native;

namespace PixArt.Torch;

// Tensors out of nothing, out of arrays and memory, and out of several tensors.
public sealed partial class Tensor
{
    private static readonly Op EmptyOp = new("aten::empty", "memory_format"); // empty.memory_format(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None)
    private static readonly Op FullOp = new("aten::full"); // full(SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None)
    private static readonly Op ZerosOp = new("aten::zeros"); // zeros(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None)
    private static readonly Op EyeOp = new("aten::eye"); // eye(SymInt n, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None)
    private static readonly Op ArangeOp = new("aten::arange", "start_step"); // arange.start_step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None)
    private static readonly Op LinspaceOp = new("aten::linspace"); // linspace(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None, …)
    private static readonly Op RandnOp = new("aten::randn", "generator"); // randn.generator(SymInt[] size, *, Generator? generator, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None)
    private static readonly Op RandOp = new("aten::rand", "generator"); // rand.generator(SymInt[] size, *, Generator? generator, ScalarType? dtype=None, …)
    private static readonly Op RandIntOp = new("aten::randint", "low_generator"); // randint.low_generator(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=long, …)
    private static readonly Op RandPermOp = new("aten::randperm", "generator"); // randperm.generator(SymInt n, *, Generator? generator, ScalarType? dtype=long, …)
    private static readonly Op CatOp = new("aten::cat"); // cat(Tensor[] tensors, int dim=0) -> Tensor
    private static readonly Op StackOp = new("aten::stack"); // stack(Tensor[] tensors, int dim=0) -> Tensor
    private static readonly Op WhereOp = new("aten::where", "self"); // where.self(Tensor condition, Tensor self, Tensor other) -> Tensor

    /// <summary>Uninitialised elements.</summary>
    public static Tensor Empty(long[] shape, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        EmptyOp.Call(shape, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>Zeros.</summary>
    public static Tensor Zeros(long[] shape, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        ZerosOp.Call(shape, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>Ones.</summary>
    public static Tensor Ones(long[] shape, ScalarType dtype = ScalarType.Float32, Device? device = null) => Full(shape, 1, dtype, device);

    /// <summary>One value everywhere.</summary>
    public static Tensor Full(long[] shape, double value, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        FullOp.Call(shape, value, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>Ones on the diagonal [size, size], zeros elsewhere.</summary>
    public static Tensor Eye(long size, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        EyeOp.Call(size, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>start, start + step, … below end.</summary>
    public static Tensor Arange(double start, double end, double step = 1, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        ArangeOp.Call(start, end, step, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>Evenly spaced values, both ends included.</summary>
    public static Tensor Linspace(double start, double end, long steps, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        LinspaceOp.Call(start, end, steps, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>Standard normal draws: the numbers of <c>torch.randn</c> for the same generator.</summary>
    public static Tensor Randn(long[] shape, Generator? generator = null, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        RandnOp.Call(shape, generator, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>Uniform draws from [0, 1).</summary>
    public static Tensor Rand(long[] shape, Generator? generator = null, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        RandOp.Call(shape, generator, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>Uniform integers from [low, high).</summary>
    public static Tensor RandInt(
        long low, long high, long[] shape, Generator? generator = null, Device? device = null, ScalarType dtype = ScalarType.Int64) =>
        RandIntOp.Call(low, high, shape, generator, dtype, Arg.None, device ?? Device.Cpu);

    /// <summary>A random order of 0..count-1.</summary>
    public static Tensor RandPerm(long count, Generator? generator = null, Device? device = null) =>
        RandPermOp.Call(count, generator, ScalarType.Int64, Arg.None, device ?? Device.Cpu);

    /// <summary>A CPU tensor with a copy of the values.</summary>
    public static Tensor FromArray<T>(T[] data, params long[] shape)
        where T : unmanaged => FromSpan<T>(data, ScalarTypes.Of<T>(), shape);

    /// <summary>A CPU tensor with a copy of the values.</summary>
    /// <param name="data">Elements in row-major order.</param>
    /// <param name="dtype">Element type, of the same size as <typeparamref name="T"/>.</param>
    /// <param name="shape">Sizes; their product is the length of <paramref name="data"/>.</param>
    public static unsafe Tensor FromSpan<T>(ReadOnlySpan<T> data, ScalarType dtype, params long[] shape)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(shape);
        Tensor tensor = Empty(shape, dtype);
        if ((long)data.Length * sizeof(T) != tensor.Count * dtype.ByteSize())
        {
            tensor.Dispose();
            throw new ArgumentException($"{data.Length} values do not fill a tensor [{string.Join(", ", shape)}] of {dtype}", nameof(data));
        }

        data.CopyTo(new Span<T>((void*)tensor.DataPointer, data.Length));
        return tensor;
    }

    /// <summary>A CPU tensor over memory of the caller, without a copy.</summary>
    /// <param name="data">First element; aligned to the element size.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="shape">Sizes, row-major.</param>
    /// <param name="owner">Kept alive as long as any tensor uses the memory, then disposed if it is disposable (on whatever thread lets the
    /// last tensor go).</param>
    public static unsafe Tensor FromMemory(nint data, ScalarType dtype, long[] shape, object owner)
    {
        ArgumentNullException.ThrowIfNull(shape);
        nint made;
        nint context = GCHandle.ToIntPtr(GCHandle.Alloc(owner));
        fixed (long* sizes = shape)
        {
            int status = NativeMethods.px_tensor_from_blob((void*)data, sizes, shape.Length, (int)dtype, &FreeOwner, context, &made);
            if (status != 0) GCHandle.FromIntPtr(context).Free();
            NativeMethods.Check(status, nameof(FromMemory));
        }

        return new Tensor(made);
    }

    /// <summary>Joins tensors along a dimension.</summary>
    public static Tensor Cat(Tensor[] tensors, int dim = 0) => CatOp.Call(tensors, dim);

    /// <summary>Joins tensors along a new dimension.</summary>
    public static Tensor Stack(Tensor[] tensors, int dim = 0) => StackOp.Call(tensors, dim);

    /// <summary>Elements of one tensor where the condition holds, of the other elsewhere.</summary>
    public static Tensor Where(Tensor condition, Tensor then, Tensor otherwise) => WhereOp.Call(condition, then, otherwise);

    [UnmanagedCallersOnly]
    private static void FreeOwner(nint context)
    {
        GCHandle owner = GCHandle.FromIntPtr(context);
        (owner.Target as IDisposable)?.Dispose();
        owner.Free();
    }
}
