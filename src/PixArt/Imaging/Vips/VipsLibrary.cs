using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PixArt.Imaging.Vips;

/// <summary>Starts libvips once a process, quietly, and says what to install when it is not there.</summary>
static unsafe class VipsLibrary
{
    const int WarningsAndBelow = 0xF0; // G_LOG_LEVEL_WARNING … DEBUG; criticals stay visible.
    static readonly Lock Gate = new();
    static bool s_started;

    public static void Start()
    {
        if (Volatile.Read(ref s_started)) return;
        lock (Gate)
        {
            if (s_started) return;
            foreach (var library in (string[])[Native.GLib, Native.GObject, Native.Vips]) Require(library);

            // Before vips_init: loading optional modules warns already. Our exceptions alone report a damaged picture.
            Native.g_log_set_handler("VIPS", WarningsAndBelow, &Ignore, 0);
            if (Native.vips_init("pixart") != 0)
                throw new PixArtException(new VipsException("libvips does not start").Message);

            // Its cache knows buffers by address only, and ours move: a picture must never be answered with an earlier one.
            Native.vips_cache_set_max(0);
            Volatile.Write(ref s_started, value: true);
        }
    }

    /// <summary>Fails with the command that installs libvips when the library cannot be loaded.</summary>
    public static void Require(string library)
    {
        if (!NativeLibrary.TryLoad(library, typeof(VipsLibrary).Assembly, searchPath: null, out _))
            throw new PixArtException($"{library} cannot be loaded, pictures need libvips 42: apt-get install libvips42");
    }

    public static string Version
    {
        get
        {
            Start();
            return string.Create(
                CultureInfo.InvariantCulture, $"{Native.vips_version(0)}.{Native.vips_version(1)}.{Native.vips_version(2)}");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Ignore(nint domain, int level, nint message, nint userData)
    {
    }
}
