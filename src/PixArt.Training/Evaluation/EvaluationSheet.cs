using PixArt.Imaging;

namespace PixArt.Training.Evaluation;

/// <summary>The pictures of an evaluation on one sheet, each with its prompt and, where it is wrong, what was seen instead.</summary>
public static class EvaluationSheet
{
    /// <summary>Draws the sheet.</summary>
    /// <param name="report">The marks.</param>
    /// <param name="pictures">The pictures, in the order of the marks.</param>
    /// <param name="most">At most that many pictures, from the first on; at least 1.</param>
    /// <exception cref="InvalidSettingException">There are no pictures.</exception>
    public static Image Draw(EvaluationReport report, IReadOnlyList<Image> pictures, int most = 96) => ContactSheet.Render(
        [.. pictures.Zip(report.Marks, (picture, mark) => new ContactSheetItem(picture, Caption(mark))).Take(most)],
        new ContactSheetOptions
        {
            Title = $"objects {report.Objects}, settings {report.Settings}, sides {report.Sides}",
            Columns = 12,
            CaptionLines = 5,
        });

    private static string Caption(PictureMark mark) => mark.AllRight ? mark.Prompt.Text : $"{mark.Prompt.Text} [seen: {Describe(mark.Seen)}]";

    private static string Describe(RecognizedScene seen)
    {
        var row = seen.Row.Select(thing => thing.HappyFace ? $"happy {thing.Object.Name}" : thing.Object.Name);
        return $"{(seen.Row.Count == 0 ? "nothing" : string.Join(", ", row))}; {seen.Setting.Name}";
    }
}
