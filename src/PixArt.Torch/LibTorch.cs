using System.Runtime.InteropServices;
using PixArt.Torch.Native;

namespace PixArt.Torch;

/// <summary>What the loaded libtorch is and can do, and how many threads it uses.</summary>
public static partial class LibTorch
{
    /// <summary>Version of libtorch that the native library was built with, such as 1.13.1.</summary>
    public static unsafe string Version => Marshal.PtrToStringUTF8((nint)NativeMethods.px_torch_version())!;

    /// <summary>libtorch's own description of its build and of its threads.</summary>
    public static unsafe string BuildConfiguration => NativeMethods.Text(&NativeMethods.px_build_configuration);

    /// <summary>Tensor handles in existence; equal before and after work that leaks none.</summary>
    public static long LiveTensorCount => NativeMethods.px_live_tensors();

    /// <summary>Number of CUDA devices that libtorch can use.</summary>
    public static unsafe int CudaDeviceCount
    {
        get
        {
            int count;
            NativeMethods.Check(NativeMethods.px_cuda_device_count(&count), "CUDA devices");
            return count;
        }
    }

    /// <summary>
    /// Whether fp32 matrix products and convolutions on CUDA may round their inputs to TF32 (10 bits of mantissa): faster, and wrong in the
    /// fourth digit. Unless set, libtorch rounds those of convolutions only.
    /// </summary>
    public static bool AllowTf32
    {
        get => NativeMethods.px_allows_tf32() != 0;
        set => NativeMethods.Check(NativeMethods.px_allow_tf32(value ? 1 : 0), "TF32");
    }

    /// <summary>Threads that one operator on the CPU uses when it is called from this thread. Threads that have called none yet start with
    /// what was set last on any.</summary>
    public static int NumThreads
    {
        get => NativeMethods.px_threads();
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            NativeMethods.Check(NativeMethods.px_set_threads(value), "threads");
        }
    }

    /// <summary>
    /// Memory of CPU tensors of 1 MiB and more, in bytes: in use by tensors, and kept of freed ones for the next. Both together never exceed
    /// the most that was ever in use since the start or the last <see cref="TrimMemory"/>.
    /// </summary>
    public static unsafe (long Used, long Kept) TensorMemory
    {
        get
        {
            long used, kept;
            NativeMethods.px_tensor_memory(&used, &kept);
            return (used, kept);
        }
    }

    /// <summary>Gives memory of freed tensors back to the system: what is kept for the next tensors, and what the C library keeps (glibc does).</summary>
    public static void TrimMemory()
    {
        NativeMethods.px_trim_memory();
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, which keeps less.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Trim(nuint keep);

    /// <summary>Whether this libtorch has an operator.</summary>
    public static bool HasOperator(string name, string overload = "") => new Op(name, overload).Exists;

    /// <summary>Waits until all work given to a CUDA device is done; returns at once for the CPU.</summary>
    public static void Synchronize(Device device)
    {
        if (device.IsCuda) NativeMethods.Check(NativeMethods.px_cuda_synchronize(device.Index), "synchronize");
    }
}
