using System.Globalization;
using System.Text.RegularExpressions;

namespace PixArt.Hub;

/// <summary>Where the hub and the cache are, who asks, and whether the network may be used. The cache is the one that Python's
/// <c>huggingface_hub</c> uses, under the same environment variables.</summary>
public sealed partial record HubSettings
{
    /// <summary>The hub (<c>HF_ENDPOINT</c>).</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The cache's folder (<c>HF_HUB_CACHE</c>, else <c>HUGGINGFACE_HUB_CACHE</c>, else <c>hub</c> in <c>HF_HOME</c>).</summary>
    public required string CacheFolder { get; init; }

    /// <summary>The access token, sent to <see cref="Endpoint"/> alone (<c>HF_TOKEN</c>, else <c>HUGGING_FACE_HUB_TOKEN</c>,
    /// else the file <c>HF_TOKEN_PATH</c>, else <c>token</c> in <c>HF_HOME</c>; none with <c>HF_HUB_DISABLE_IMPLICIT_TOKEN</c>).</summary>
    public string? Token { get; init; }

    /// <summary>Use only what is on disk (<c>HF_HUB_OFFLINE</c>, else <c>TRANSFORMERS_OFFLINE</c>).</summary>
    public bool Offline { get; init; }

    /// <summary>Whether snapshots link to blobs; otherwise they hold the files themselves (<c>HF_HUB_DISABLE_SYMLINKS</c>).</summary>
    public bool Symlinks { get; init; } = true;

    /// <summary>How long an answer may take to begin (<c>HF_HUB_ETAG_TIMEOUT</c>, in seconds; 10 s).</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a download may stand still before it is taken up anew (<c>HF_HUB_DOWNLOAD_TIMEOUT</c>, in seconds; 10 s).</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Files downloaded side by side, 1 to 16.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Waits between attempts; tests replace it.</summary>
    internal Func<TimeSpan, CancellationToken, Task> Pause { get; init; } = Task.Delay;

    /// <summary>Free bytes of the disk that holds a folder, null when nobody knows; tests replace it.</summary>
    internal Func<string, long?> FreeBytes { get; init; } = DiskSpace.Free;

    /// <summary>Reads the environment.</summary>
    /// <exception cref="InvalidSettingException">A variable's value cannot be used.</exception>
    public static HubSettings FromEnvironment() => FromEnvironment(Environment.GetEnvironmentVariable);

    /// <inheritdoc cref="FromEnvironment()"/>
    internal static HubSettings FromEnvironment(Func<string, string?> environment)
    {
        var home = Value("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var base_ = Folder("HF_HOME") ?? Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache"), "huggingface");
        return new HubSettings
        {
            Endpoint = EndpointOf(Value("HF_ENDPOINT")),
            CacheFolder = Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(base_, "hub"),
            Token = IsTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") ? null
                : Checked(Clean(Value("HF_TOKEN") ?? Value("HUGGING_FACE_HUB_TOKEN")) ?? FromFile(Folder("HF_TOKEN_PATH") ?? Path.Combine(base_, "token"))),
            Offline = IsTrue(Value("HF_HUB_OFFLINE") is null ? "TRANSFORMERS_OFFLINE" : "HF_HUB_OFFLINE"),
            Symlinks = !IsTrue("HF_HUB_DISABLE_SYMLINKS"),
            AnswerTimeout = Seconds("HF_HUB_ETAG_TIMEOUT"),
            StallTimeout = Seconds("HF_HUB_DOWNLOAD_TIMEOUT"),
        };

        string? Value(string name) => environment(name) is { Length: > 0 } value ? value : null;

        bool IsTrue(string name) => Value(name)?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

        // `~` and $NAME, as Python expands them.
        string? Folder(string name)
        {
            if (Value(name) is not { } path) return null;
            if (path is "~" || path.StartsWith("~/", StringComparison.Ordinal)) path = home + path[1..];
            return Variable().Replace(path, found => environment(found.Groups["name"].Value) ?? found.Value);
        }

        TimeSpan Seconds(string name)
        {
            if (Value(name) is not { } text) return TimeSpan.FromSeconds(10);
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 86400
                ? TimeSpan.FromSeconds(seconds) : throw new InvalidSettingException(name, text, "whole seconds, 1 to 86400");
        }
    }

    /// <summary>Checks the settings.</summary>
    /// <returns>The settings themselves.</returns>
    /// <exception cref="InvalidSettingException">A value cannot be used.</exception>
    internal HubSettings Validated()
    {
        if (Parallel is < 1 or > 16) throw new InvalidSettingException("parallel", Parallel, "1 to 16");
        if (string.IsNullOrWhiteSpace(CacheFolder)) throw new InvalidSettingException("cache folder", CacheFolder, "a folder");
        EndpointOf(Endpoint.OriginalString);
        Checked(Token);
        return this with { CacheFolder = Path.GetFullPath(CacheFolder) };
    }

    /// <summary>The hub and the cache; never the token.</summary>
    public override string ToString() => $"{Endpoint} in {CacheFolder}";

    static Uri EndpointOf(string? text)
    {
        if (text is null) return new Uri("https://huggingface.co");
        return Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Query.Length == 0
            ? uri : throw new InvalidSettingException("HF_ENDPOINT", text, "an address such as https://huggingface.co");
    }

    static string? Clean(string? token) =>
        token?.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim() is { Length: > 0 } text ? text : null;

    // What is not plain text cannot stand in a header. The value itself is nobody's to read.
    static string? Checked(string? token) => token is null || token.All(c => c is > ' ' and < '\x7f')
        ? token : throw new InvalidSettingException("HF_TOKEN", $"of {token.Length} characters", "a token of the hub: letters, digits and underscores");

    static string? FromFile(string path)
    {
        try
        {
            return Clean(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\$(?:\{(?<name>\w+)\}|(?<name>\w+))", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();
}
