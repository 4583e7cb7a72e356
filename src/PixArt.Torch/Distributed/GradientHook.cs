using System.Runtime.InteropServices;
using PixArt.Torch.Native;

namespace PixArt.Torch.Distributed;

/// <summary>Runs something each time backward has added to a leaf's gradient, on the thread of the backward pass.</summary>
public sealed unsafe class GradientHook : IDisposable
{
    private readonly Action action;
    private GCHandle self;
    private nint handle;

    /// <summary>Hooks a leaf.</summary>
    /// <param name="leaf">A tensor that requires a gradient and is no result of an operation.</param>
    /// <param name="action">What runs; what it throws, backward throws.</param>
    public GradientHook(Tensor leaf, Action action)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        this.action = action;
        self = GCHandle.Alloc(this);
        nint made;
        int status = NativeMethods.px_gradient_hook_new(leaf.Acquire(), &Call, GCHandle.ToIntPtr(self), &made);
        leaf.Release();
        if (status != 0) self.Free();
        NativeMethods.Check(status, nameof(GradientHook));
        handle = made;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (handle == 0) return;
        NativeMethods.px_gradient_hook_free(handle);
        handle = 0;
        self.Free();
    }

    [UnmanagedCallersOnly]
    private static int Call(nint context)
    {
        try
        {
            ((GradientHook)GCHandle.FromIntPtr(context).Target!).action();
            return 0;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Autograd.Remember(e);
            return 1;
        }
    }
}
