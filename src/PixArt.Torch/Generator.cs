using System.Runtime.InteropServices;
using PixArt.Torch.Native;

namespace PixArt.Torch;

/// <summary>PyTorch's random stream: the same seed draws the same numbers as <c>torch.Generator().manual_seed(seed)</c>.</summary>
public sealed class Generator : IDisposable
{
    private readonly GeneratorHandle handle;

    /// <summary>Creates a generator.</summary>
    /// <param name="seed">Its seed.</param>
    /// <param name="device">Where it draws; the CPU by default.</param>
    public unsafe Generator(ulong seed, Device? device = null)
    {
        Device = device ?? Device.Cpu;
        nint made;
        NativeMethods.Check(NativeMethods.px_generator_new(Device.Type, Device.Index, seed, &made), "generator");
        handle = new GeneratorHandle(made);
    }

    /// <summary>Where it draws.</summary>
    public Device Device { get; }

    /// <summary>The whole state of the stream; setting it continues the stream from there.</summary>
    public unsafe byte[] State
    {
        get
        {
            nint state;
            NativeMethods.Check(NativeMethods.px_generator_get_state(Acquire(), &state), "generator state");
            Release();
            using var tensor = TensorScope.Release(new Tensor(state));
            return tensor.ToArray<byte>();
        }

        set
        {
            ArgumentNullException.ThrowIfNull(value);
            using var tensor = TensorScope.Release(Tensor.FromArray(value, value.Length));
            NativeMethods.Check(NativeMethods.px_generator_set_state(Acquire(), tensor.Acquire()), "generator state");
            tensor.Release();
            Release();
        }
    }

    /// <summary>Starts the stream of another seed.</summary>
    public void Seed(ulong seed)
    {
        NativeMethods.Check(NativeMethods.px_generator_seed(Acquire(), seed), "generator seed");
        Release();
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    internal nint Acquire()
    {
        bool added = false;
        handle.DangerousAddRef(ref added);
        return handle.DangerousGetHandle();
    }

    internal void Release() => handle.DangerousRelease();

    private sealed class GeneratorHandle : SafeHandle
    {
        public GeneratorHandle(nint value)
            : base(0, ownsHandle: true) => SetHandle(value);

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            NativeMethods.px_generator_free(handle);
            return true;
        }
    }
}
