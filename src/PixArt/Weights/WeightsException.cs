using System.Globalization;
using System.Text;

namespace PixArt.Weights;

/// <summary>A weight file (or a file beside it) cannot be used. The message is one line that names the file and, where there
/// is one, the tensor.</summary>
public sealed class WeightsException : PixArtException
{
    /// <summary>Creates the error.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="file">The file, as the user knows it.</param>
    /// <param name="tensor">The tensor's name, or null when the file as a whole is meant.</param>
    /// <param name="detail">What was found and what would be right.</param>
    /// <param name="inner">What caused it, if anything.</param>
    public WeightsException(WeightsErrorKind kind, string file, string? tensor, string detail, Exception? inner = null)
        : base(Show(file, 4096) + (tensor is null ? "" : $": tensor '{Shorten(tensor)}'") + ": " + Show(detail, 1000), inner)
    {
        Kind = kind;
        File = file;
        Tensor = tensor;
    }

    /// <summary>What is wrong.</summary>
    public WeightsErrorKind Kind { get; }

    /// <summary>The file, as the user knows it.</summary>
    public string File { get; }

    /// <summary>The tensor's name, or null when the file as a whole is meant.</summary>
    public string? Tensor { get; }

    /// <summary>A name out of a file as a message may show it: at most 200 characters, nothing that controls a terminal.</summary>
    internal static string Shorten(string name) => Show(name, 200);

    /// <summary>Text with control characters and direction overrides escaped, so that what a hostile file says cannot forge or
    /// reorder lines of a terminal or a log; beyond the limit it is cut.</summary>
    static string Show(string text, int limit)
    {
        var shown = new StringBuilder(Math.Min(text.Length, 256));
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, limit)))
        {
            var escape = char.IsControl(c) || char.IsSurrogate(c) || c is (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
            if (escape) shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else shown.Append(c);
        }

        return text.Length <= limit ? shown.ToString() : shown.Append("...").ToString();
    }
}
