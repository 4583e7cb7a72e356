using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace PixArt.Text;

/// <summary>A prompt whose size wishes stood in its text, as the original PixArt programs read them.</summary>
/// <param name="Prompt">The text before the first flag, trimmed.</param>
/// <param name="AspectRatio">Height by width out of <c>--aspect_ratio h:w</c> or else <c>--ar h:w</c>; null without either.</param>
/// <param name="Size">Height and width in pixels out of <c>--hw h:w</c>; null without it. It is the size that the finished
/// picture is cropped to and has no say in the choice of the aspect-ratio bin.</param>
public sealed partial record PromptFlags(string Prompt, double? AspectRatio, (int Height, int Width)? Size)
{
    /// <summary>Reads the flags of a prompt.</summary>
    /// <param name="text">A prompt such as <c>a cactus --ar 3:4</c>. Numbers are whole and positive; a flag whose
    /// numbers are missing or not so is cut like the others but says nothing. Of a repeated flag the first counts.</param>
    public static PromptFlags Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        (int Height, int Width)? ratio = null, shortRatio = null, size = null;
        var end = text.Length;
        foreach (Match match in Flag().Matches(text))
        {
            end = Math.Min(end, match.Index);
            var pair = Pair(match);
            switch (match.Groups["name"].ValueSpan)
            {
                case "aspect_ratio": ratio ??= pair; break;
                case "ar": shortRatio ??= pair; break;
                default: size ??= pair; break;
            }
        }

        var (height, width) = ratio ?? shortRatio ?? (0, 1);
        return new PromptFlags(text[..end].Trim(), height == 0 ? null : (double)height / width, size);
    }

    static (int Height, int Width)? Pair(Match match) =>
        int.TryParse(match.Groups["h"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var height)
        && int.TryParse(match.Groups["w"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var width)
        && height > 0 && width > 0
            ? (height, width)
            : null;

    [SuppressMessage("Security", "MA0009", Justification = "No part can match what another can: linear in the text.")]
    [GeneratedRegex(@"--(?<name>aspect_ratio|ar|hw)\b(?:\s+(?<h>[0-9]+):(?<w>[0-9]+))?", RegexOptions.CultureInvariant)]
    private static partial Regex Flag();
}
