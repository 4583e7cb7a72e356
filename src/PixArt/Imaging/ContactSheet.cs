using PixArt.Imaging.Drawing;

namespace PixArt.Imaging;

/// <summary>Many pictures on one, in rows, each with its caption below.</summary>
public static class ContactSheet
{
    const int SmallestCell = 48;
    const int CaptionGap = 7;
    const double TitleSize = 2;

    /// <summary>Draws the sheet.</summary>
    /// <param name="items">The pictures, row by row; at least one.</param>
    /// <param name="options">How it looks; the usual when null.</param>
    /// <returns>An RGB picture, the same for the same input on every machine.</returns>
    /// <exception cref="InvalidSettingException">There are no pictures.</exception>
    public static Image Render(IReadOnlyList<ContactSheetItem> items, ContactSheetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (items.Count == 0) throw new InvalidSettingException("pictures of a contact sheet", 0, "at least 1");
        var look = options ?? new ContactSheetOptions();
        var pictures = items.Select(item => Fit(item.Image, look.CellSize).ToRgb(look.Background)).ToArray();
        var cell = Math.Max(SmallestCell, pictures.Max(p => p.Width));

        // Larger pictures get larger letters: both are reduced together when the sheet is shown.
        var text = new TextPainter(cell >= 384 ? 2 : cell >= 192 ? 1.5 : 1);
        var captions = items.Select(item => text.Wrap(item.Caption, cell, look.CaptionLines)).ToArray();
        var columns = Math.Min(items.Count, look.Columns > 0 ? look.Columns : GuessColumns(pictures, cell));
        var rows = Rows(pictures, captions, columns, text);
        var title = new TextPainter(TitleSize);
        var head = look.Title.Length == 0 ? 0 : title.LineHeight + look.Gap / 2;
        var canvas = new Canvas(
            look.Gap + columns * (cell + look.Gap), look.Gap + head + rows.Sum(r => r.Total + look.Gap), look.Background);
        if (head > 0)
        {
            var line = title.Wrap(look.Title, canvas.Width - 2 * look.Gap, 1)[0];
            title.Draw(canvas, line, look.Gap, look.Gap, look.TextColor);
        }

        var top = look.Gap + head;
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0 && i % columns == 0) top += rows[i / columns - 1].Total + look.Gap;
            var left = look.Gap + i % columns * (cell + look.Gap);
            var high = rows[i / columns].Picture;
            canvas.Put(pictures[i], left + (cell - pictures[i].Width) / 2, top + (high - pictures[i].Height) / 2);
            for (var line = 0; line < captions[i].Count; line++)
                text.Draw(canvas, captions[i][line], left, top + high + CaptionGap + line * text.LineHeight, look.TextColor);
        }

        return canvas.Image;
    }

    static Image Fit(Image image, int cell)
    {
        var side = Math.Max(image.Width, image.Height);
        if (cell == 0 || side <= cell) return image;
        return image.Resize(
            Math.Max(1, (int)Math.Round((double)image.Width * cell / side)),
            Math.Max(1, (int)Math.Round((double)image.Height * cell / side)));
    }

    static int GuessColumns(Image[] pictures, int cell) =>
        Math.Max(1, (int)Math.Ceiling(Math.Sqrt(pictures.Length * (double)pictures.Max(p => p.Height) / cell)));

    static (int Picture, int Total)[] Rows(
        Image[] pictures, IReadOnlyList<string>[] captions, int columns, TextPainter text) =>
        [.. Enumerable.Range(0, pictures.Length).Chunk(columns).Select(row =>
        {
            var picture = row.Max(i => pictures[i].Height);
            var lines = row.Max(i => captions[i].Count);
            return (picture, picture + (lines == 0 ? 0 : CaptionGap + lines * text.LineHeight));
        })];
}
