using System.Runtime.InteropServices;

namespace PixArt.Imaging.Vips;

/// <summary>One reference to a GObject (here always a VipsImage), given back when disposed.</summary>
sealed class VipsHandle : SafeHandle
{
    public VipsHandle(nint instance) : base(0, ownsHandle: true) => SetHandle(instance);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.g_object_unref(handle);
        return true;
    }
}
