namespace PixArt.Imaging;

/// <summary>How a <see cref="LineChart"/> looks.</summary>
public sealed record LineChartOptions
{
    /// <summary>Width in pixels, at least 240.</summary>
    public int Width
    {
        get;
        init => field = value >= 240 ? value : throw new InvalidSettingException(nameof(Width), value, "at least 240");
    } = 960;

    /// <summary>Height in pixels, at least 160.</summary>
    public int Height
    {
        get;
        init => field = value >= 160 ? value : throw new InvalidSettingException(nameof(Height), value, "at least 160");
    } = 540;

    /// <summary>A line above the chart; none when empty.</summary>
    public string Title { get; init; } = "";

    /// <summary>What the horizontal axis counts.</summary>
    public string XLabel { get; init; } = "";

    /// <summary>What the vertical axis measures.</summary>
    public string YLabel { get; init; } = "";

    /// <summary>A logarithmic vertical axis; values that are not positive are left out.</summary>
    public bool LogY { get; init; }
}
