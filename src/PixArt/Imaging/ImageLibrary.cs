using PixArt.Imaging.Vips;

namespace PixArt.Imaging;

/// <summary>The native picture library, libvips: its version and how many threads it may use.</summary>
public static class ImageLibrary
{
    /// <summary>Its version, for example 8.14.1.</summary>
    /// <exception cref="PixArtException">It is not installed; the message says how to install it.</exception>
    public static string Version => VipsLibrary.Version;

    /// <summary>Threads that one operation may use, at least 1; at first as many as there are processors.</summary>
    /// <exception cref="InvalidSettingException">Less than 1.</exception>
    public static int Threads
    {
        get
        {
            VipsLibrary.Start();
            return Native.vips_concurrency_get();
        }

        set
        {
            if (value < 1) throw new InvalidSettingException(nameof(Threads), value, "at least 1");
            VipsLibrary.Start();
            Native.vips_concurrency_set(value);
        }
    }
}
