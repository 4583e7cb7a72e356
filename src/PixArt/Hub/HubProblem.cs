using System.Globalization;
using System.Net;
using static PixArt.Hub.HubErrorKind;

namespace PixArt.Hub;

/// <summary>Puts what the hub refuses into words that say what to do.</summary>
/// <param name="settings">Who asks, and whom.</param>
/// <param name="id">The model that is asked for.</param>
/// <param name="file">The file that is asked for; null: the model itself.</param>
sealed class HubProblem(HubSettings settings, HubId id, string? file = null)
{
    const string TokenPage = "/settings/tokens";

    string Host => settings.Endpoint.Authority;

    string Page => $"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{id.Repository}";

    string Tokens => settings.Endpoint.AbsoluteUri.TrimEnd('/') + TokenPage;

    /// <summary>An answer that is no success.</summary>
    public HubException Of(HttpResponseMessage answer)
    {
        var (code, says) = (Header(answer, "X-Error-Code"), Header(answer, "X-Error-Message"));
        return (code, answer.StatusCode) switch
        {
            ("RevisionNotFound", _) => NoRevision(),
            ("EntryNotFound", _) => NoFile([]),
            ("GatedRepo", _) => Gate(),
            (_, HttpStatusCode.Unauthorized) when says?.StartsWith("Invalid credentials", StringComparison.Ordinal) == true => RefusedToken(),
            ("RepoNotFound", _) or (_, HttpStatusCode.Unauthorized) => NoRepository(),
            (_, HttpStatusCode.NotFound) => file is null ? NoRepository() : NoFile([]),
            (_, HttpStatusCode.Forbidden) => new(Forbidden, $"{Host} refuses access to {id}{Quote(says)}; look at {Page}, or use a token that may read it"),
            (_, HttpStatusCode.TooManyRequests) => Busy(RetryAfter(answer)),
            (_, HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError) => new(Unavailable,
                $"{Host} cannot serve {What()} at the moment (it answers {(int)answer.StatusCode}{Quote(says)}); try again later"),
            _ => new(BadAnswer, $"{Host} answers {(int)answer.StatusCode} when asked for {What()}{Quote(says)}; is HF_ENDPOINT a hub?"),
        };
    }

    /// <summary>The model has no such file.</summary>
    /// <param name="names">What it has.</param>
    public HubException NoFile(IReadOnlyCollection<string> names) => new(FileNotFound, $"{id} has no file '{file}'{Choice(names)}");

    /// <summary>The repository is no pipeline and no component.</summary>
    /// <param name="names">What it has.</param>
    /// <param name="adapter">Whether an adapter was wanted.</param>
    public HubException NoModel(IReadOnlyCollection<string> names, bool adapter) => new(FileNotFound,
        $"{id} {(adapter ? "has no adapter: none of its files has a usual name" : "is no model folder: it has no model_index.json")}{Choice(names)}; one of them is meant by {id.Repository}:FILE");

    /// <summary>The connection could not be made, or keeps breaking off.</summary>
    public HubException Silence(Exception reason) => new(Unreachable,
        $"{Host} cannot be reached for {What()} ({Short(reason.Message)}); check the connection (behind a proxy: HTTPS_PROXY) and run this again: what has arrived is kept", reason);

    /// <summary>The hub asks to wait longer than anybody would.</summary>
    /// <param name="wait">How long; null: it does not say.</param>
    public HubException Busy(TimeSpan? wait) => new(RateLimited,
        $"{Host} takes no more requests for now: try again {(wait is { } time ? string.Create(CultureInfo.InvariantCulture, $"in {Math.Ceiling(time.TotalSeconds):0} s") : "in some minutes")}"
        + (settings.Token is null ? $"; with a token ({Tokens}, then HF_TOKEN) it allows more" : ""));

    /// <summary>What arrived is not what was announced.</summary>
    public HubException Corrupt() => new(Damaged,
        $"{What()} arrived damaged twice: its checksum is not the hub's; nothing of it was kept; try again, or another network");

    /// <summary>The answer cannot be understood.</summary>
    public HubException Nonsense(string detail, Exception? reason = null) =>
        new(BadAnswer, $"{Host} gives no usable answer for {What()}: {Short(detail)}; is HF_ENDPOINT a hub?", reason);

    /// <summary>The network may not be used.</summary>
    /// <param name="partly">Whether some of the model is in the cache.</param>
    public HubException NotCached(bool partly) => new(NotInCache,
        $"{id} is {(partly ? "not whole" : "not")} in the cache {settings.CacheFolder}, and HF_HUB_OFFLINE forbids to download it; run this once with HF_HUB_OFFLINE=0");

    /// <summary>The disk has no room.</summary>
    /// <param name="needed">Bytes that are still to come; null: unknown.</param>
    /// <param name="free">Bytes that are free; null: none.</param>
    /// <param name="reason">The failed write, if one failed.</param>
    public HubException Full(long? needed, long? free, Exception? reason = null) => new(DiskFull,
        $"the disk of {settings.CacheFolder} is {(needed is { } more && free is { } left ? $"too small: {id} needs {Gigabytes(more)} more, {Gigabytes(left)} are free" : "full")}"
        + "; free space there, or set HF_HUB_CACHE to a folder on another disk" + (reason is null ? "" : "; what has arrived is kept"), reason);

    /// <summary>The cache cannot be written to.</summary>
    public HubException NotWritable(Exception reason) => new(CacheNotWritable,
        $"cannot write to the cache {settings.CacheFolder} ({Short(reason.Message)}); set HF_HUB_CACHE to a folder that can be written to", reason);

    /// <summary>How long the hub asks to wait; null: it does not say.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage answer)
    {
        if (answer.Headers.RetryAfter is not { } after) return null;
        var wait = after.Delta ?? (after.Date is { } date ? date - DateTimeOffset.UtcNow : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    HubException NoRevision() => new(RevisionNotFound,
        $"{id.Repository} has no revision '{id.Revision}', expected a branch, a tag or a commit as {Page}/tree/{HubId.DefaultRevision} lists them ({HubId.DefaultRevision} is the usual one)");

    HubException Gate() => new(Gated, settings.Token is null
        ? $"{id} is gated: accept its conditions at {Page}, make a token at {Tokens} and set HF_TOKEN to it"
        : $"{id} is gated and the token's account has no access: accept its conditions at {Page} with that account, and see that the token may read gated models");

    HubException RefusedToken() => new(TokenRefused, $"{Host} does not know the token: make a new one at {Tokens} and set HF_TOKEN to it, or unset it for models that are open to all");

    HubException NoRepository() => new(RepositoryNotFound, settings.Token is null
        ? $"{Host} has no model {id.Repository} that is open to all: check the spelling at {Page}; for a private model set HF_TOKEN to a token that may read it"
        : $"{Host} has no model {id.Repository} that the token may read: check the spelling at {Page} and the token's account");

    string What() => file is null ? id.ToString() : $"{file} of {id}";

    static string Choice(IReadOnlyCollection<string> names)
    {
        const int most = 8;
        if (names.Count == 0) return "";
        var more = names.Count > most ? $" and {names.Count - most} more" : "";
        return $"; it has {string.Join(", ", names.Take(most).Select(Short))}{more}";
    }

    static string Quote(string? says) => says is null ? "" : $": {Short(says)}";

    // What a server says goes to a terminal: not too long, nothing that controls it.
    static string Short(string text)
    {
        var plain = new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);
        return plain.Length <= 200 ? plain : plain[..200] + "…";
    }

    static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    static string Gigabytes(long bytes) => bytes < 100_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1e6):0} MB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
