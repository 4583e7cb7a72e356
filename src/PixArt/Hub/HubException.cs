namespace PixArt.Hub;

/// <summary>A model cannot be had from the hub. The message is one line that names the model and says what to do.</summary>
public sealed class HubException : PixArtException
{
    /// <summary>Creates the error.</summary>
    /// <param name="kind">Why.</param>
    /// <param name="message">What happened, and what to do about it.</param>
    /// <param name="inner">What caused it, if anything.</param>
    public HubException(HubErrorKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>Why.</summary>
    public HubErrorKind Kind { get; }
}
