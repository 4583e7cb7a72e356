using PixArt.Text.Cleaning;

namespace PixArt.Text;

/// <summary>Cleans prompts as diffusers' PixArt pipelines do before the text encoder sees them: the models of those pipelines
/// are prompted with addresses, mark-up, file names, article numbers and other debris of web captions removed. Linear in
/// the length of the text.</summary>
public static class CaptionCleaner
{
    /// <summary>What a pipeline does to a prompt: the cleaning twice, or, without it, only lower case and no outer spaces.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="clean">The pipelines' <c>clean_caption</c>.</param>
    public static string Preprocess(string text, bool clean = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return clean ? Clean(Clean(text)) : PythonText.Strip(PythonText.Lower(text));
    }

    /// <summary>One pass of the cleaning. A second pass may remove more, as the first uncovers it.</summary>
    /// <param name="caption">The text.</param>
    public static string Clean(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        var text = PythonText.Lower(PythonText.Strip(PercentDecoding.Decode(caption)));
        text = WithoutMarkup(text);
        text = WithoutDebris(text);
        text = HtmlReferences.Unescape(HtmlReferences.Unescape(TextRepair.Fix(text)));
        text = WithoutAdvertising(text);
        return PythonText.Strip(WithoutFrame(CodePointText.Replace(text, CaptionPatterns.Spaces(), " ")));
    }

    static string WithoutMarkup(string text)
    {
        text = text.Replace("<person>", "person", StringComparison.Ordinal);
        text = CodePointText.Substitute(text, shape => UrlSearch.Find(shape, "https:", "http:"), "");
        text = CodePointText.Substitute(text, shape => UrlSearch.Find(shape, "www:"), "");
        return HtmlText.Extract(text);
    }

    static string WithoutDebris(string text)
    {
        text = CodePointText.Replace(text, CaptionPatterns.Nickname(), "");
        text = CodePointText.Replace(text, CaptionPatterns.Ideographs(), "");
        text = CodePointText.Replace(text, CaptionPatterns.Dashes(), "-");
        text = StraightQuotes(text);
        text = CodePointText.Replace(text, CaptionPatterns.QuoteReference(), "");
        text = text.Replace("&amp", "", StringComparison.Ordinal);
        text = CodePointText.Replace(text, CaptionPatterns.InternetAddress(), " ");
        text = CodePointText.Replace(text, CaptionPatterns.ArticleNumber(), "");
        text = text.Replace("\\n", " ", StringComparison.Ordinal);
        text = CodePointText.Replace(text, CaptionPatterns.ShortHashNumber(), "");
        text = CodePointText.Replace(text, CaptionPatterns.LongHashNumber(), "");
        text = CodePointText.Replace(text, CaptionPatterns.LongNumber(), "");
        text = CodePointText.Replace(text, CaptionPatterns.FileName(), "");
        text = CodePointText.Replace(text, CaptionPatterns.Quotes(), "\"");
        text = CodePointText.Replace(text, CaptionPatterns.Dots(), " ");
        text = CodePointText.Replace(text, CaptionPatterns.Punctuation(), " ");
        text = CodePointText.Replace(text, CaptionPatterns.LoneDot(), " ");

        // this-is-a-name, this_is_a_name
        return text.Count(unit => unit is '-' or '_') > 3 ? text.Replace('-', ' ').Replace('_', ' ') : text;
    }

    static string WithoutAdvertising(string text)
    {
        text = CodePointText.Replace(text, CaptionPatterns.LettersNumber(), "");
        text = CodePointText.Replace(text, CaptionPatterns.LettersNumberLetters(), "");
        text = CodePointText.Replace(text, CaptionPatterns.NumberLettersNumber(), "");
        text = CodePointText.Replace(text, CaptionPatterns.Shipping(), "");
        text = CodePointText.Replace(text, CaptionPatterns.Download(), "");
        text = CodePointText.Replace(text, CaptionPatterns.Click(), "");
        text = CodePointText.Replace(text, CaptionPatterns.FileEnding(), "");
        text = CodePointText.Replace(text, CaptionPatterns.PageNumber(), "");
        text = CodePointText.Replace(text, CaptionPatterns.MixedCode(), " ");
        text = CodePointText.Replace(text, CaptionPatterns.Size(), "");
        text = CodePointText.Replace(text, CaptionPatterns.LoneColon(), ": ");
        return CodePointText.Replace(text, CaptionPatterns.ClosePunctuation(), " ", keptGroup: 1);
    }

    // Quotes around everything, one mark in front and one behind, and a text that is a file name without its stem.
    // Outer spaces are still there and keep the marks from being outermost; the reference behaves so.
    static string WithoutFrame(string text)
    {
        if (text.Length > 2 && text[0] is '"' or '\'' && text[^1] is '"' or '\'') text = text[1..^1];
        if (text.Length > 0 && text[0] is '\'' or '_' or ',' or '-' or ':' or ';') text = text[1..];
        if (text.Length > 0 && text[^1] is '\'' or '_' or ',' or '-' or ':' or '+') text = text[..^1];
        return text.Length > 1 && text[0] == '.' && !text.Contains(' ', StringComparison.Ordinal) ? "" : text;
    }

    static string StraightQuotes(string text) => string.Create(text.Length, text, static (result, text) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            result[i] = text[i] switch
            {
                '`' or '´' or '«' or '»' or '“' or '”' or '¨' => '"',
                '‘' or '’' => '\'',
                var other => other,
            };
        }
    });
}
