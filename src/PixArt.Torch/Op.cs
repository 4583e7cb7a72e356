using System.Runtime.CompilerServices;
using System.Text;
using PixArt.Torch.Native;

namespace PixArt.Torch;

/// <summary>
/// An operator of libtorch's dispatcher, found once by name and overload and then called boxed. Missing trailing arguments take the
/// defaults of the operator's schema, so a call written for one release of libtorch works on another that added arguments.
/// </summary>
/// <param name="name">Qualified name, such as <c>aten::linear</c>.</param>
/// <param name="overload">Overload name, such as <c>Tensor</c>; empty for the plain one.</param>
public sealed class Op(string name, string overload = "")
{
    private const int MaxResults = 256;
    private nint handle;
    private bool searched;

    /// <summary>Whether this libtorch has the operator.</summary>
    public bool Exists => Find() != 0;

    /// <summary>Calls the operator and returns its one tensor.</summary>
    /// <exception cref="TorchException">The operator is unknown or it refused its arguments.</exception>
    public Tensor Call(params ReadOnlySpan<Arg> args)
    {
        Span<NativeValue> results = stackalloc NativeValue[1];
        Invoke(args, results);
        return new Tensor(results[0].Pointer);
    }

    /// <summary>Calls the operator and returns all its tensors (of a tuple or a list).</summary>
    /// <inheritdoc cref="Call"/>
    public Tensor[] CallMany(params ReadOnlySpan<Arg> args)
    {
        int capacity = Capacity(args);
        Span<NativeValue> results = capacity <= MaxResults ? stackalloc NativeValue[MaxResults] : new NativeValue[capacity];
        int count = Invoke(args, results);
        var tensors = new Tensor[count];
        for (int k = 0; k < count; k++) tensors[k] = new Tensor(results[k].Pointer);
        return tensors;
    }

    /// <summary>Calls an in-place operator; its result, the first argument itself, is not wrapped again.</summary>
    /// <inheritdoc cref="Call"/>
    public void CallInPlace(params ReadOnlySpan<Arg> args)
    {
        Span<NativeValue> results = stackalloc NativeValue[MaxResults];
        int count = Invoke(args, results);
        for (int k = 0; k < count; k++)
            if (results[k].Tag == ValueTag.Tensor) NativeMethods.px_tensor_free(results[k].Pointer);
    }

    /// <summary>Calls an operator that returns a number.</summary>
    /// <inheritdoc cref="Call"/>
    public double CallNumber(params ReadOnlySpan<Arg> args)
    {
        Span<NativeValue> results = stackalloc NativeValue[1];
        Invoke(args, results);
        return results[0].Tag == ValueTag.Double ? results[0].Number : results[0].Integer;
    }

    // Operators over lists return as many tensors as they were given.
    private static int Capacity(ReadOnlySpan<Arg> args)
    {
        int most = MaxResults;
        foreach (ref readonly Arg arg in args)
            if (arg.Reference is Tensor[] list) most = Math.Max(most, list.Length);
        return most;
    }

    private nint Find()
    {
        if (searched) return handle;
        nint found;
        unsafe { NativeMethods.Check(NativeMethods.px_op_find(name, overload, &found), name); }
        handle = found;
        searched = true;
        return found;
    }

    [SkipLocalsInit]
    private unsafe int Invoke(ReadOnlySpan<Arg> args, Span<NativeValue> results)
    {
        nint op = Find();
        if (op == 0) throw new TorchException($"{FullName}: this libtorch ({LibTorch.Version}) has no such operator");
        OperationCounter.Add(name, args);

        // Lists are copied beside the arguments; strings are rare and take a pinned array.
        int words = 0;
        foreach (ref readonly Arg arg in args)
            if (arg.Reference is Array list) words += list.Length;
        const int StackWords = 128;
        Span<long> scratch = words <= StackWords ? stackalloc long[StackWords] : GC.AllocateUninitializedArray<long>(words, pinned: true);
        Span<NativeValue> values = stackalloc NativeValue[args.Length];

        int held = 0;
        try
        {
            int used = 0;
            foreach (ref readonly Arg arg in args)
            {
                ref NativeValue value = ref values[held];
                value.Tag = arg.Tag;
                value.Count = 0;
                value.Integer = arg.Bits;
                switch (arg.Reference)
                {
                    case null:
                        break;
                    case Tensor tensor:
                        value.Pointer = tensor.Acquire();
                        break;
                    case Generator generator:
                        value.Pointer = generator.Acquire();
                        break;
                    case string text:
                        byte[] utf8 = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(text), pinned: true);
                        value.Count = Encoding.UTF8.GetBytes(text, utf8);
                        value.Pointer = (nint)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(utf8));
                        break;
                    case Array list:
                        value.Count = list.Length;
                        value.Pointer = (nint)Unsafe.AsPointer(ref scratch[used..].GetPinnableReference());
                        used += Write(list, scratch[used..]);
                        break;
                }

                held++;
            }

            int count;
            fixed (NativeValue* a = values)
            fixed (NativeValue* r = results)
            {
                int status = NativeMethods.px_op_call(op, a, args.Length, r, results.Length, &count);
                if (status != 0) throw Failed(args);
            }

            return count;
        }
        finally
        {
            for (int k = 0; k < held; k++) Release(args[k]);
        }
    }

    // Tensors inside a list are held one by one; a failure in the middle leaves the earlier ones to their finalizers' count.
    private static int Write(Array list, Span<long> to)
    {
        switch (list)
        {
            case long[] integers:
                integers.CopyTo(to);
                break;
            case double[] numbers:
                for (int k = 0; k < numbers.Length; k++) to[k] = BitConverter.DoubleToInt64Bits(numbers[k]);
                break;
            case Tensor?[] tensors:
                for (int k = 0; k < tensors.Length; k++) to[k] = tensors[k] is { } t ? t.Acquire() : 0;
                break;
        }

        return list.Length;
    }

    private static void Release(in Arg arg)
    {
        switch (arg.Reference)
        {
            case Tensor tensor:
                tensor.Release();
                break;
            case Generator generator:
                generator.Release();
                break;
            case Tensor?[] tensors:
                foreach (Tensor? tensor in tensors) tensor?.Release();
                break;
        }
    }

    private string FullName => overload.Length == 0 ? name : $"{name}.{overload}";

    private TorchException Failed(ReadOnlySpan<Arg> args)
    {
        string reason = NativeMethods.LastError();
        var text = new StringBuilder(FullName).Append('(');
        for (int k = 0; k < args.Length; k++) text.Append(k == 0 ? "" : ", ").Append(args[k].Describe());
        return new TorchException(text.Append("): ").Append(reason).ToString());
    }
}
