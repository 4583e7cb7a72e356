using System.Text.Json;
using PixArt.TestKit;
using PixArt.Text;
using PixArt.Text.Cleaning;

namespace PixArt.Tests.Text;

public sealed class CaptionCleanerTests
{
    [Theory]
    [GoldenEntries("text/clean_caption")]
    public void Every_step_gives_the_references_text(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var failures = new List<string>();
        var number = 0;
        foreach (var row in golden.Json.GetProperty("rows").EnumerateArray())
        {
            var input = row.GetProperty("input").GetString()!;
            Check(row, "ftfy_fix_text", TextRepair.Fix(input));
            Check(row, "bs4_text", HtmlText.Extract(input));
            Check(row, "clean_once", CaptionCleaner.Clean(input));
            Check(row, "clean_caption_true", CaptionCleaner.Preprocess(input));
            Check(row, "clean_caption_false", CaptionCleaner.Preprocess(input, clean: false));
            number++;
        }

        Assert.Empty(failures);
        Assert.NotEqual(0, number);

        void Check(JsonElement row, string field, string actual)
        {
            if (!row.TryGetProperty(field, out var expected)) return;
            var same = string.Equals(expected.GetString(), actual, StringComparison.Ordinal);
            if (!Close.Report($"{entry} row {number} {field}", same ? 0 : double.PositiveInfinity, 0))
                failures.Add($"{field} of {row.GetProperty("input")}: expected {expected}, found {JsonSerializer.Serialize(actual)}");
        }
    }

    [Theory]
    [InlineData("see a.b.com/x-y/é_z. and", "see and")]
    [InlineData("mail.com@home", "mail. com")]
    [InlineData("𝐀.com is no start", "𝐀. com is no start")]
    [InlineData("8x6.5 and 3×4.5cm", ".5 and 5cm")]
    [InlineData("a 𝟙23456 b", "a b")]
    [InlineData("𝟙girl😀jc6640", "𝟙girl😀")]
    [InlineData("ΣΑΣ", "σας")]
    public void Words_are_pythons_words(string text, string expected) => Assert.Equal(expected, CaptionCleaner.Preprocess(text));

    [Theory]
    [InlineData("ab ", "é")]
    [InlineData("a.", "é")]
    [InlineData("a.com@", "")]
    [InlineData("a1a1", "é")]
    [InlineData("1", "x")]
    [InlineData("x.pn", "é")]
    [InlineData(" ", "é")]
    [InlineData("<a b='>' ", "")]
    [InlineData("<a/<b/c=", "")]
    [InlineData("<!--", "")]
    [InlineData("<![cdata[", ">")]
    [InlineData("<script>", "</")]
    [InlineData("&#", "&")]
    [InlineData("&lt;lt;", "")]
    [InlineData("Ã©", "")]
    [InlineData("\u0316\u0301", "e")]
    [InlineData("𝐀😀", "")]
    public void A_hostile_megabyte_is_cleaned_within_linear_memory(string part, string tail)
    {
        // Quadratic work over a million characters would not end.
        var text = string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length)) + tail;
        var before = GC.GetAllocatedBytesForCurrentThread();
        CaptionCleaner.Preprocess(text);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3000L * text.Length);
    }

    [Fact]
    public void Without_cleaning_a_second_time_changes_nothing()
    {
        const string text = " \u001cA Fox İn ΑΣ 😀\ud800 ";
        var once = CaptionCleaner.Preprocess(text, clean: false);
        Assert.Equal("a fox i\u0307n ας 😀\ud800", once);
        Assert.Equal(once, CaptionCleaner.Preprocess(once, clean: false));
    }
}
