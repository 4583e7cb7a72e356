using System.Net;
using System.Net.Http.Headers;

namespace PixArt.Hub;

/// <summary>Asks the hub: follows redirects without ever taking the token to another host, tries again what may pass, and keeps
/// to the pauses that the hub asks for.</summary>
sealed class HubHttp : IDisposable
{
    const int Attempts = 5;
    const int MostRedirects = 10;
    static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(5);

    readonly HubSettings _settings;
    readonly HttpClient _client;

    public HubHttp(HubSettings settings)
    {
        _settings = settings;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = settings.AnswerTimeout,
            UseCookies = false,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Asks for a thing and returns the answer with its headers read, for the caller to dispose.</summary>
    /// <param name="address">What to ask for.</param>
    /// <param name="from">The first byte that is wanted.</param>
    /// <param name="problem">Words for what goes wrong.</param>
    /// <param name="waits">Told when nothing happens for a while.</param>
    /// <param name="patient">Whether to try again when the hub does not answer.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>A success, or 416 where <paramref name="from"/> lies outside of the thing.</returns>
    /// <exception cref="HubException">The hub refuses, or does not answer.</exception>
    public async Task<HttpResponseMessage> GetAsync(
        Uri address, long from, HubProblem problem, Action<string> waits, bool patient, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var last = !patient || attempt == Attempts;
            TimeSpan? asked = null;
            try
            {
                var answer = await FollowAsync(address, from, problem, cancellation).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return answer;
                using (answer)
                {
                    asked = HubProblem.RetryAfter(answer);
                    if (last || !MayPass(answer) || asked > s_longestPause) throw problem.Of(answer);
                }
            }
            catch (Exception e) when (IsSilence(e, cancellation))
            {
                if (last) throw problem.Silence(e);
            }

            var pause = asked ?? PauseAfter(attempt);
            waits($"{_settings.Endpoint.Authority} is busy or silent, next try in {Math.Ceiling(pause.TotalSeconds):0} s");
            await _settings.Pause(pause, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>1, 2, 4, then 8 seconds.</summary>
    public static TimeSpan PauseAfter(int attempt) => TimeSpan.FromSeconds(1 << Math.Min(attempt - 1, 3));

    /// <summary>Whether the other side did not answer, or the connection broke.</summary>
    public static bool IsSilence(Exception e, CancellationToken cancellation) =>
        e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested);

    public void Dispose() => _client.Dispose();

    async Task<HttpResponseMessage> FollowAsync(Uri address, long from, HubProblem problem, CancellationToken cancellation)
    {
        for (var redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using var request = Request(address, from);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(_settings.AnswerTimeout);
            var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308)) return answer;
            using (answer)
            {
                var next = answer.Headers.Location is { } location ? new Uri(address, location) : throw problem.Nonsense("a redirect without an address");
                if (next.Scheme is not ("http" or "https") || (address.Scheme is "https" && next.Scheme is "http"))
                    throw problem.Nonsense($"a redirect to {next.Scheme}://{next.Authority}");
                address = next;
            }
        }

        throw problem.Nonsense("redirects without an end");
    }

    HttpRequestMessage Request(Uri address, long from)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("pixart.net", typeof(HubHttp).Assembly.GetName().Version!.ToString(3)));
        // Lengths and ranges are those of the file itself.
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        if (_settings.Token is { } token && IsHub(address)) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    // A signed address of another host may have run out in the meantime: the hub gives a new one.
    bool MayPass(HttpResponseMessage answer) =>
        (int)answer.StatusCode is 408 or 429 or >= 500 || (answer.RequestMessage?.RequestUri is { } asked && !IsHub(asked));

    bool IsHub(Uri address) =>
        Uri.Compare(address, _settings.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;
}
