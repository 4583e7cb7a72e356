using PixArt.Imaging;

namespace PixArt.Training.Evaluation;

/// <summary>Lays pictures out in rows on one sheet.</summary>
public static class ContactSheet
{
    private const int Frame = 3;

    /// <summary>A frame's colour for a right picture.</summary>
    public static Rgb Right => new(60, 170, 90);

    /// <summary>A frame's colour for a wrong picture.</summary>
    public static Rgb Wrong => new(215, 60, 60);

    /// <summary>A sheet of framed pictures, filled row by row.</summary>
    /// <param name="pictures">RGB pictures of one size, at least one.</param>
    /// <param name="columns">Pictures a row, at least 1.</param>
    /// <param name="frame">The frame's colour of each picture by position; white where null.</param>
    /// <exception cref="InvalidSettingException">There are no pictures, or they differ in size.</exception>
    public static Image Arrange(IReadOnlyList<Image> pictures, int columns, Func<int, Rgb>? frame = null)
    {
        if (pictures.Count == 0)
            throw new InvalidSettingException(nameof(pictures), 0, "at least one picture");
        if (columns < 1)
            throw new InvalidSettingException(nameof(columns), columns, "at least 1");
        var (width, height) = (pictures[0].Width, pictures[0].Height);
        columns = Math.Min(columns, pictures.Count);
        var rows = (pictures.Count + columns - 1) / columns;
        var sheet = Image.Filled(columns * (width + 2 * Frame), rows * (height + 2 * Frame), Rgb.White);
        for (var i = 0; i < pictures.Count; i++)
        {
            if (pictures[i] is not { Channels: 3 } picture || picture.Width != width || picture.Height != height)
                throw new InvalidSettingException(nameof(pictures), $"{pictures[i].Width}x{pictures[i].Height}x{pictures[i].Channels}", $"{width}x{height}x3");
            Place(sheet, picture, i % columns * (width + 2 * Frame), i / columns * (height + 2 * Frame), frame?.Invoke(i) ?? Rgb.White);
        }

        return sheet;
    }

    private static void Place(Image sheet, Image picture, int left, int top, Rgb frame)
    {
        for (var y = 0; y < picture.Height + 2 * Frame; y++)
        {
            var row = sheet.Pixels.AsSpan(((top + y) * sheet.Width + left) * 3, (picture.Width + 2 * Frame) * 3);
            for (var x = 0; x < row.Length; x += 3)
                (row[x], row[x + 1], row[x + 2]) = (frame.R, frame.G, frame.B);
            if (y >= Frame && y < Frame + picture.Height)
                picture.Pixels.AsSpan((y - Frame) * picture.Width * 3, picture.Width * 3).CopyTo(row[(Frame * 3)..]);
        }
    }
}
