namespace PixArt;

/// <summary>
/// An error that its reader can act on: the message is one line that names the field, file or tensor, the value found
/// and what would be right.
/// </summary>
public class PixArtException : Exception
{
    /// <summary>Creates the error from a one-line message.</summary>
    /// <param name="message">Names the thing, its value and what would be right; line breaks become spaces.</param>
    public PixArtException(string message) : base(OneLine(message))
    {
    }

    /// <summary>Creates the error from a one-line message and the failure behind it.</summary>
    /// <param name="message">Names the thing, its value and what would be right; line breaks become spaces.</param>
    /// <param name="innerException">The failure behind this one, for a log.</param>
    public PixArtException(string message, Exception? innerException) : base(OneLine(message), innerException)
    {
    }

    // Messages often quote a native library or a user's text; a line break there must not split the report.
    static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
