using System.Runtime.InteropServices;
using System.Text;

namespace PixArt.Torch.Native;

/// <summary>The C ABI of native/. Functions that return int give 0, or 1 with <c>px_last_error</c> set.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = NativeLibraryLoader.LibraryName;

    static NativeMethods() => NativeLibraryLoader.Register(typeof(NativeMethods).Assembly);

    /// <summary>Throws what the last failed call on this thread left.</summary>
    internal static void Check(int status, string operation)
    {
        if (status != 0) throw new TorchException($"{operation}: {LastError()}");
    }

    internal static string LastError() => FirstLines(Marshal.PtrToStringUTF8((nint)px_last_error()) ?? "unknown error");

    internal static string Text(delegate*<byte*, int, int> fill, int capacity = 16384)
    {
        var buffer = new byte[capacity];
        fixed (byte* p = buffer) Check(fill(p, capacity), "configuration");
        return Encoding.UTF8.GetString(buffer.AsSpan(0, buffer.AsSpan().IndexOf((byte)0)));
    }

    // libtorch appends C++ stack frames and notes for Python users to some messages.
    private static string FirstLines(string message)
    {
        int frames = message.IndexOf("\nException raised from", StringComparison.Ordinal);
        return (frames < 0 ? message : message[..frames]).Trim().ReplaceLineEndings(" ");
    }

    [LibraryImport(Library)]
    internal static partial byte* px_last_error();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void px_set_last_error(string text);

    [LibraryImport(Library)]
    internal static partial int px_abi();

    [LibraryImport(Library)]
    internal static partial byte* px_torch_version();

    [LibraryImport(Library)]
    internal static partial int px_build_configuration(byte* buffer, int capacity);

    [LibraryImport(Library)]
    internal static partial int px_threads();

    [LibraryImport(Library)]
    internal static partial int px_set_threads(int count);

    [LibraryImport(Library)]
    internal static partial int px_has_mkldnn();

    [LibraryImport(Library)]
    internal static partial int px_set_mkldnn(int enabled);

    [LibraryImport(Library)]
    internal static partial int px_allows_tf32();

    [LibraryImport(Library)]
    internal static partial int px_allow_tf32(int allowed);

    [LibraryImport(Library)]
    internal static partial int px_cuda_device_count(int* count);

    [LibraryImport(Library)]
    internal static partial int px_cuda_synchronize(int index);

    [LibraryImport(Library)]
    internal static partial int px_manual_seed(ulong seed);

    [LibraryImport(Library)]
    internal static partial int px_generator_new(int deviceType, int deviceIndex, ulong seed, nint* generator);

    [LibraryImport(Library)]
    internal static partial void px_generator_free(nint generator);

    [LibraryImport(Library)]
    internal static partial int px_generator_seed(nint generator, ulong seed);

    [LibraryImport(Library)]
    internal static partial int px_generator_get_state(nint generator, nint* state);

    [LibraryImport(Library)]
    internal static partial int px_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial long px_live_tensors();

    [LibraryImport(Library)]
    internal static partial void px_tensor_memory(long* used, long* kept);

    [LibraryImport(Library)]
    internal static partial void px_trim_memory();

    [LibraryImport(Library)]
    internal static partial void px_tensor_free(nint tensor);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int px_tensor_get_info(nint tensor, NativeTensorInfo* info);

    [LibraryImport(Library)]
    internal static partial int px_tensor_from_blob(
        void* data, long* sizes, long rank, int dtype, delegate* unmanaged<nint, void> release, nint context, nint* result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int px_op_find(string name, string overload, nint* op);

    [LibraryImport(Library)]
    internal static partial int px_op_call(
        nint op, NativeValue* arguments, int argumentCount, NativeValue* results, int resultCapacity, int* resultCount);

    [LibraryImport(Library)]
    internal static partial int px_backward(nint tensor, nint gradient, int retainGraph);

    [LibraryImport(Library)]
    internal static partial int px_grad(
        nint* outputs, int outputCount, nint* inputs, int inputCount, nint* gradients, int retainGraph, int createGraph, nint* results);

    [LibraryImport(Library)]
    internal static partial int px_requires_grad(nint tensor, int* result);

    [LibraryImport(Library)]
    internal static partial int px_set_requires_grad(nint tensor, int value);

    [LibraryImport(Library)]
    internal static partial int px_get_gradient(nint tensor, nint* gradient);

    [LibraryImport(Library)]
    internal static partial int px_set_gradient(nint tensor, nint gradient);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int px_grad_enabled();

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial void px_set_grad_enabled(int value);

    [LibraryImport(Library)]
    internal static partial int px_attach_backward(
        nint output, nint* inputs, int inputCount, delegate* unmanaged<nint, nint, nint*, int, int> backward,
        delegate* unmanaged<nint, void> release, nint context);

    [LibraryImport(Library)]
    internal static partial int px_gradient_hook_new(nint tensor, delegate* unmanaged<nint, int> call, nint context, nint* hook);

    [LibraryImport(Library)]
    internal static partial void px_gradient_hook_free(nint hook);

    [LibraryImport(Library)]
    internal static partial int px_collectives();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int px_store_new(string host, int port, int serves, string prefix, long timeout, nint* store);

    [LibraryImport(Library)]
    internal static partial void px_store_free(nint store);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int px_store_set(nint store, string key, byte* value, int length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int px_store_get(nint store, string key, byte* buffer, int capacity, int* length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int px_group_new(nint store, string name, int onCuda, string address, int rank, int size, long timeout, nint* group);

    [LibraryImport(Library)]
    internal static partial void px_group_free(nint group);

    [LibraryImport(Library)]
    internal static partial int px_all_reduce(nint group, nint tensor, nint* work);

    [LibraryImport(Library)]
    internal static partial int px_broadcast(nint group, nint tensor, int root, nint* work);

    [LibraryImport(Library)]
    internal static partial int px_all_gather(nint group, nint* outputs, int count, nint input, nint* work);

    [LibraryImport(Library)]
    internal static partial int px_work_wait(nint work, long timeout, int* done);

    [LibraryImport(Library)]
    internal static partial void px_work_free(nint work);
}
