using System.Text.Json;
using PixArt.Imaging;
using PixArt.Training.Evaluation;

namespace PixArt.Training.Tests.Evaluation;

public sealed class EvaluationReportTests
{
    private static readonly EvaluationReport Report = new(
        [
            PictureMarkTests.Mark("a fox to the left of a tree in a meadow", "meadow", "fox", null, "tree"),
            PictureMarkTests.Mark("a fox to the left of a tree in a meadow", "forest", "tree", null, "fox"),
            PictureMarkTests.Mark("a car and a fox on the beach", "beach", "car", null, "cat"),
            PictureMarkTests.Mark("a fox", "beach", null, "fox", null),
        ],
        AutoencoderPsnr: 31.416)
    {
        Setup = new Dictionary<string, string>(StringComparer.Ordinal) { ["steps"] = "20" },
    };

    [Fact]
    public void Shares_count_only_what_the_prompts_state()
    {
        Assert.Equal(new Share(3, 4), Report.Objects);
        Assert.Equal(new Share(6, 7), Report.ObjectsFound);
        Assert.Equal(new Share(2, 3), Report.Settings);
        Assert.Equal(new Share(1, 2), Report.Sides);
        Assert.Equal(new Share(1, 2), Report.SidesOfRightObjects);
    }

    [Fact]
    public void Objects_are_listed_from_the_worst()
    {
        Assert.Equal("fox", Report.ByObject[0].Object.Name);
        Assert.Equal(new Share(3, 4), Report.ByObject[0].Found);
        Assert.Equal("meadow", Report.BySetting[0].Setting.Name);
    }

    [Fact]
    public void Markdown_names_the_figures_and_their_aims()
    {
        var text = Report.ToMarkdown();
        Assert.Contains("| pictures with exactly the named objects | 75.0 % (3 of 4) | ≥ 90 % |", text, StringComparison.Ordinal);
        Assert.Contains("Made with steps 20.", text, StringComparison.Ordinal);
        Assert.Contains("31.42 dB", text, StringComparison.Ordinal);
        Assert.Contains("| fox | 75.0 % (3 of 4) |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_holds_the_figures_and_every_picture()
    {
        using var json = JsonDocument.Parse(Report.ToJson());
        Assert.Equal(75, json.RootElement.GetProperty("objects_percent").GetDouble());
        Assert.Equal(31.42, json.RootElement.GetProperty("vae_psnr_db").GetDouble());
        Assert.Equal("20", json.RootElement.GetProperty("setup").GetProperty("steps").GetString());
        Assert.Equal(4, json.RootElement.GetProperty("pictures").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("pictures")[3].GetProperty("sides").ValueKind);
    }

    [Fact]
    public void Edges_are_told_where_there_were_some()
    {
        Assert.DoesNotContain("edges", Report.ToMarkdown(), StringComparison.Ordinal);
        var followed = Report with { Edges = new(Drawn: 10, Asked: 5, Wanted: 4, Met: 3) };
        Assert.Contains("| edges followed, F1 | 0.600 (precision 0.500, recall 0.750) |", followed.ToMarkdown(), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(followed.ToJson());
        Assert.Equal(60, json.RootElement.GetProperty("edges_f1_percent").GetDouble());
    }

    [Fact]
    public void A_sheet_shows_at_most_that_many_pictures()
    {
        Image[] pictures = [.. Report.Marks.Select(_ => Image.Filled(128, 128, Rgb.Black))];
        Assert.True(EvaluationSheet.Draw(Report, pictures, most: 2).Width < EvaluationSheet.Draw(Report, pictures).Width);
    }
}
