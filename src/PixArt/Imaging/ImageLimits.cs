namespace PixArt.Imaging;

/// <summary>How large a picture may be; checked on its header, before a pixel is decoded.</summary>
public sealed record ImageLimits
{
    /// <summary>32 megapixels, 8192 pixels a side, 256 MiB encoded.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Most pixels in all (width × height), at least 1.</summary>
    public long MaxPixels
    {
        get;
        init => field = value >= 1 ? value : throw new InvalidSettingException(nameof(MaxPixels), value, "at least 1");
    } = 32_000_000;

    /// <summary>Most pixels along one side, at least 1.</summary>
    public int MaxSide
    {
        get;
        init => field = value >= 1 ? value : throw new InvalidSettingException(nameof(MaxSide), value, "at least 1");
    } = 8192;

    /// <summary>Most bytes of the encoded file, at least 1.</summary>
    public long MaxBytes
    {
        get;
        init => field = value >= 1 ? value : throw new InvalidSettingException(nameof(MaxBytes), value, "at least 1");
    } = 256L << 20;

    internal void CheckSize(string name, int width, int height)
    {
        if (width > MaxSide || height > MaxSide)
            throw new PixArtException($"{name}: {width}×{height} pixels, a side may have at most {MaxSide}");
        if ((long)width * height > MaxPixels)
            throw new PixArtException($"{name}: {width}×{height} pixels, at most {MaxPixels} pixels in all are allowed");
    }

    internal void CheckBytes(string name, long length)
    {
        if (length > MaxBytes)
            throw new PixArtException($"{name}: {length} bytes, at most {MaxBytes} are allowed");
    }
}
