using System.Globalization;
using PixArt.Torch;

namespace PixArt.Cli.Generation;

/// <summary>How much memory may be used.</summary>
/// <param name="Bytes">At most so many; null: as few as possible.</param>
internal sealed record MemoryAllowance(long? Bytes)
{
    const double Share = 0.95; // of what is free: others need a little meanwhile

    static readonly (string Unit, double Bytes)[] s_units = [("GiB", 1L << 30), ("MiB", 1L << 20), ("GB", 1e9), ("MB", 1e6), ("G", 1e9), ("M", 1e6)];

    /// <summary>`8GB`, `6GiB`, `900MB`, `free` or `least`.</summary>
    /// <param name="text">What the user says.</param>
    /// <param name="device">Whose memory is meant.</param>
    public static MemoryAllowance Of(string text, Device device)
    {
        if (text is "least") return new((long?)null);
        if (text is "free")
            return new((long)(Share * (FreeMemory.Of(device) ?? throw Wrong(text, "a size such as 8GB: how much is free cannot be told here"))));
        foreach (var (unit, bytes) in s_units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            if (double.TryParse(text[..^unit.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 1e6)
                return new((long)(number * bytes));
            break;
        }
        throw Wrong(text, "a size such as 8GB, 6GiB or 900MB, or free, or least");
    }

    static InvalidSettingException Wrong(string text, string right) => new("--memory", text, right);
}
