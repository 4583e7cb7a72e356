using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace PixArt.Text.Cleaning;

/// <summary>The patterns of the caption cleaning, each named for what it removes. Word boundaries are spelled out, because a
/// word is here what Python calls one; repeated parts exclude each other or are atomic, so that every search is linear.</summary>
[SuppressMessage("Security", "MA0009", Justification = "No pattern backtracks over what another part of it can match.")]
static partial class CaptionPatterns
{
    const string W = @"[\p{L}\p{N}_]";
    const string S = @"[\s\x1c-\x1f]";
    const string NotS = @"[^\s\x1c-\x1f]";
    const string WordStart = $"(?<!{W})";
    const string WordEnd = $"(?!{W})";
    const string Files = "(?:png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4)";

    [GeneratedRegex($"@{W}+")]
    public static partial Regex Nickname();

    /// <summary>CJK strokes, phonetic extensions, enclosed and compatibility forms, ideographs, hexagrams: one block of blocks.</summary>
    [GeneratedRegex(@"[\u31c0-\u9fff]+")]
    public static partial Regex Ideographs();

    [GeneratedRegex(@"[-\u058a\u05be\u1400\u1806\u2010-\u2015\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d]+")]
    public static partial Regex Dashes();

    [GeneratedRegex("&quot;?")]
    public static partial Regex QuoteReference();

    [GeneratedRegex(@"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")]
    public static partial Regex InternetAddress();

    [GeneratedRegex($@"\d:\d\d{S}+$")]
    public static partial Regex ArticleNumber();

    [GeneratedRegex($@"#\d{{1,3}}{WordEnd}")]
    public static partial Regex ShortHashNumber();

    [GeneratedRegex($@"#\d{{5,}}{WordEnd}")]
    public static partial Regex LongHashNumber();

    [GeneratedRegex($@"{WordStart}\d{{6,}}{WordEnd}")]
    public static partial Regex LongNumber();

    // The look behind lets a run of non-spaces be tried once, not once from each of its characters.
    [GeneratedRegex($@"(?<!{NotS}){NotS}+\.{Files}")]
    public static partial Regex FileName();

    [GeneratedRegex("[\"']{2,}")]
    public static partial Regex Quotes();

    [GeneratedRegex(@"\.{2,}")]
    public static partial Regex Dots();

    [GeneratedRegex(@"[#®•©™&@·º½¾¿¡§~)(\]\[}{|\\/*]+")]
    public static partial Regex Punctuation();

    [GeneratedRegex($@"(?<!{S}){S}+\.{S}+")]
    public static partial Regex LoneDot();

    /// <summary><c>jc6640</c></summary>
    [GeneratedRegex($@"{WordStart}[a-zA-Z]{{1,3}}\d{{3,15}}{WordEnd}")]
    public static partial Regex LettersNumber();

    /// <summary><c>jc6640vc</c></summary>
    [GeneratedRegex($@"{WordStart}(?>[a-zA-Z]+)(?>\d+)(?>[a-zA-Z]+){WordEnd}")]
    public static partial Regex LettersNumberLetters();

    /// <summary><c>6640vc231</c></summary>
    [GeneratedRegex($@"{WordStart}(?>\d+)(?>[a-zA-Z]+)(?>\d+){WordEnd}")]
    public static partial Regex NumberLettersNumber();

    [GeneratedRegex($"(?:worldwide{S}+)?(?:free{S}+)?shipping")]
    public static partial Regex Shipping();

    [GeneratedRegex($"(?:free{S})?download(?:{S}free)?")]
    public static partial Regex Download();

    [GeneratedRegex($"{WordStart}click{S}(?:for|on){S}{W}+")]
    public static partial Regex Click();

    [GeneratedRegex($"{WordStart}{Files}(?:{S}images?)?")]
    public static partial Regex FileEnding();

    [GeneratedRegex($@"{WordStart}page{S}+\d+{WordEnd}")]
    public static partial Regex PageNumber();

    /// <summary><c>j2d1a2a</c></summary>
    [GeneratedRegex($@"{WordStart}(?>\d*)(?>[a-zA-Z]+)(?>\d+)(?>[a-zA-Z]+)\d(?>[a-zA-Z\d]*){WordEnd}")]
    public static partial Regex MixedCode();

    /// <summary><c>10x15</c>, <c>2.5×4</c>; the cross may be a Latin or a Cyrillic letter.</summary>
    [GeneratedRegex($@"{WordStart}(?>\d+)(?>(?:\.\d*)?)[xх×](?>\d+)(?:\.\d*)?(?:(?<={W}){WordEnd}|{WordStart}(?={W}))")]
    public static partial Regex Size();

    [GeneratedRegex($"(?<={W}){S}+:{S}+")]
    public static partial Regex LoneColon();

    [GeneratedRegex($@"(\D[,./])(?={W})")]
    public static partial Regex ClosePunctuation();

    [GeneratedRegex($"{S}+")]
    public static partial Regex Spaces();
}
