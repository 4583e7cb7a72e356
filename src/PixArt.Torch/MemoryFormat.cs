namespace PixArt.Torch;

/// <summary>Order of elements in memory. The values are libtorch's own.</summary>
public enum MemoryFormat
{
    /// <summary>Row-major: [B, C, H, W] with W innermost.</summary>
    Contiguous = 0,

    /// <summary>[B, C, H, W] with C innermost, as convolutions like it.</summary>
    ChannelsLast = 2,
}
