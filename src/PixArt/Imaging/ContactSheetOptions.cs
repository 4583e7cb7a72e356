namespace PixArt.Imaging;

/// <summary>How a <see cref="ContactSheet"/> looks.</summary>
public sealed record ContactSheetOptions
{
    /// <summary>A line above the pictures; none when empty.</summary>
    public string Title { get; init; } = "";

    /// <summary>Pictures a row; 0 chooses a sheet about as wide as high.</summary>
    public int Columns
    {
        get;
        init => field = value >= 0 ? value : throw new InvalidSettingException(nameof(Columns), value, "at least 0");
    }

    /// <summary>Largest side of a picture on the sheet in pixels; larger ones are reduced; 0 keeps every size.</summary>
    public int CellSize
    {
        get;
        init => field = value >= 0 ? value : throw new InvalidSettingException(nameof(CellSize), value, "at least 0");
    }

    /// <summary>Pixels between pictures, at least 0.</summary>
    public int Gap
    {
        get;
        init => field = value >= 0 ? value : throw new InvalidSettingException(nameof(Gap), value, "at least 0");
    } = 14;

    /// <summary>Most lines of a caption, at least 1.</summary>
    public int CaptionLines
    {
        get;
        init => field = value >= 1 ? value : throw new InvalidSettingException(nameof(CaptionLines), value, "at least 1");
    } = 3;

    /// <summary>The sheet's colour.</summary>
    public Rgb Background { get; init; } = new(250, 250, 248);

    /// <summary>The colour of title and captions.</summary>
    public Rgb TextColor { get; init; } = new(60, 62, 66);
}
