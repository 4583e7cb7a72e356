using System.Runtime.InteropServices;
using PixArt.Torch.Native;

namespace PixArt.Torch;

internal sealed class TensorHandle : SafeHandle
{
    public TensorHandle(nint value)
        : base(0, ownsHandle: true) => SetHandle(value);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.px_tensor_free(handle);
        return true;
    }
}
