using FsCheck;
using FsCheck.Fluent;
using PixArt.Text;
using PixArt.Text.Cleaning;

namespace PixArt.Tests.Text;

public sealed class CleaningPropertyTests
{
    static readonly string[] s_parts =
    [
        "a", "É", "e\u0301", " ", "\n", "\u2028", "&amp;", "&lt;", "&#x27;", "<b>", "</b>", "<!--", "-->", "<script>", "https://x.com/a", "@", "#1",
        "x.png", "Ã©", "â€œ", "Â ", "“", "’", "ﬁ", "Ａ", "ﾊﾟ", "한", "日", "😀", "𝐀", "\ud800", "\udc00", "\u001b[31m", "\0", "%20", "%ff", "1", "x", ".", "-",
    ];

    static Gen<string> AnyText => Gen.OneOf(
        Gen.Elements(s_parts).ArrayOf().Select(string.Concat),
        ArbMap.Default.ArbFor<char>().Generator.ArrayOf().Select(units => new string(units)));

    static void ForAnyText(Func<string, bool> holds) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(AnyText.ToArbitrary(), holds));

    [Fact]
    public void Cleaning_takes_any_text_and_leaves_no_outer_or_doubled_spaces() => ForAnyText(text =>
    {
        var clean = CaptionCleaner.Preprocess(text);
        return clean.Trim() == clean && !clean.Contains("  ") && !clean.Contains('\n');
    });

    [Fact]
    public void Lower_case_and_strip_are_idempotent() => ForAnyText(text =>
    {
        var once = CaptionCleaner.Preprocess(text, clean: false);
        return CaptionCleaner.Preprocess(once, clean: false) == once;
    });

    [Fact]
    public void Normalisation_is_idempotent() => ForAnyText(text => Nfc.Normalize(Nfc.Normalize(text)) == Nfc.Normalize(text));

    [Fact]
    public void A_repaired_line_needs_no_repair() => ForAnyText(text =>
    {
        // Lines are repaired apart, and a < turns references off: where a repair makes one, the next sees another text.
        var once = TextRepair.Fix(text.Replace('<', ' '));
        return once.Contains('\n') || once.Contains('<') || TextRepair.Fix(once) == once;
    });

    [Fact]
    public void Text_without_mark_up_is_its_own_text() => ForAnyText(text =>
    {
        var plain = text.Replace('<', ' ').Replace('&', ' ') + "x";
        return HtmlText.Extract(plain) == plain;
    });
}
