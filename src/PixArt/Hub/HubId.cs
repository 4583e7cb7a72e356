namespace PixArt.Hub;

/// <summary>A model on the hub, <c>owner/name</c>, and which state of it is meant: a branch, a tag or a commit.</summary>
public sealed record HubId
{
    /// <summary>The branch that is meant when none is named.</summary>
    public const string DefaultRevision = "main";

    const int LongestName = 96;
    const int LongestRevision = 200;

    HubId(string owner, string name, string revision) => (Owner, Name, Revision) = (owner, name, revision);

    /// <summary>The user or organisation.</summary>
    public string Owner { get; }

    /// <summary>The model's name among its owner's.</summary>
    public string Name { get; }

    /// <summary>A branch, a tag, or a commit of 40 hexadecimal digits.</summary>
    public string Revision { get; }

    /// <summary><c>owner/name</c>.</summary>
    public string Repository => $"{Owner}/{Name}";

    /// <summary>Whether the revision is a whole commit, which never changes.</summary>
    internal bool IsPinned => IsCommit(Revision);

    /// <summary>Reads <c>owner/name</c> or <c>owner/name@revision</c>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="InvalidSettingException">It is no such name.</exception>
    public static HubId Parse(string text) => TryParse(text)
        ?? throw new InvalidSettingException("hub id", text, "owner/name or owner/name@revision, such as PixArt-alpha/PixArt-Sigma-XL-2-1024-MS");

    /// <summary>Reads <c>owner/name</c> or <c>owner/name@revision</c>; null when the text is something else.</summary>
    /// <param name="text">The text.</param>
    public static HubId? TryParse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var revision = at < 0 ? DefaultRevision : text[(at + 1)..];
        var parts = (at < 0 ? text : text[..at]).Split('/');
        return parts.Length == 2 && parts.All(IsName) && IsRevision(revision) ? new HubId(parts[0], parts[1], revision) : null;
    }

    /// <summary>The same model at another revision.</summary>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <exception cref="InvalidSettingException">The text cannot be a revision.</exception>
    public HubId At(string revision) => IsRevision(revision)
        ? new HubId(Owner, Name, revision)
        : throw new InvalidSettingException("revision", revision, "a branch, a tag or a commit");

    /// <summary><c>owner/name</c>, with <c>@revision</c> unless that is the usual one.</summary>
    public override string ToString() => Revision is DefaultRevision ? Repository : $"{Repository}@{Revision}";

    /// <summary>Whether a text is a whole commit: 40 hexadecimal digits in lower case.</summary>
    internal static bool IsCommit(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    // The rules of the hub itself; two hyphens would collide with the names of cache folders.
    static bool IsName(string text) =>
        text.Length is > 0 and <= LongestName && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        && text[0] is not ('-' or '.') && text[^1] is not ('-' or '.')
        && !text.Contains("--", StringComparison.Ordinal) && !text.Contains("..", StringComparison.Ordinal)
        && !text.EndsWith(".git", StringComparison.Ordinal);

    // A name of git that is also a path below refs/, and no way out of it.
    static bool IsRevision(string text) =>
        text.Length is > 0 and <= LongestRevision && text.All(c => c is > ' ' and < '\x7f' && !"~^:?*[\\@".Contains(c, StringComparison.Ordinal))
        && text.Split('/').All(part => part.Length > 0 && part[0] != '.' && !part.Contains("..", StringComparison.Ordinal));
}
