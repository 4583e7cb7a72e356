using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PixArt.TestKit.Hub;

/// <summary>An HTTP server that behaves as the hub does, and a second host with the large files. Both listen on this machine alone.</summary>
public sealed class FakeHub : IDisposable
{
    readonly TcpListener _hub = new(IPAddress.Loopback, 0);
    readonly TcpListener _cdn = new(IPAddress.Parse("127.0.0.2"), 0);
    readonly CancellationTokenSource _stop = new();
    readonly FakeRoutes _routes;
    readonly Task[] _loops;

    public FakeHub()
    {
        _hub.Start();
        _cdn.Start();
        (Endpoint, Cdn) = ($"http://{_hub.LocalEndpoint}", $"http://{_cdn.LocalEndpoint}");
        _routes = new FakeRoutes(this);
        _loops = [AcceptAsync(_hub, isCdn: false), AcceptAsync(_cdn, isCdn: true)];
    }

    /// <summary>Address of the hub.</summary>
    public string Endpoint { get; }

    /// <summary>Address of the host with the large files.</summary>
    public string Cdn { get; }

    /// <summary>The token that opens private models; requests with another are refused.</summary>
    public string Token { get; set; } = "hf_right";

    /// <summary>Whether the token's account has accepted the conditions of gated models.</summary>
    public bool Accepted { get; set; }

    /// <summary>Entries of a listing's page.</summary>
    public int PageSize { get; set; } = 1000;

    public ConcurrentDictionary<string, FakeRepository> Repositories { get; } = new(StringComparer.Ordinal);

    /// <summary>All requests, in order.</summary>
    public ConcurrentQueue<FakeRequest> Requests { get; } = [];

    /// <summary>Bytes of file contents that were sent.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>Answers instead of the hub, or changes its answer: gets the request and what would be answered.</summary>
    public Func<FakeRequest, FakeAnswer, FakeAnswer>? Fault { get; set; }

    long _bytesSent;
    int _gone;

    public FakeRepository Add(string id) => Repositories[id] = new FakeRepository(id);

    /// <summary>Goes away; some tests want it gone before they end.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _gone, 1) == 1) return;
        _stop.Cancel();
        _hub.Stop();
        _cdn.Stop();
        Task.WaitAll(_loops);
        _stop.Dispose();
    }

    async Task AcceptAsync(TcpListener listener, bool isCdn)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client, isCdn), CancellationToken.None);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    async Task ServeAsync(TcpClient client, bool isCdn)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            if (await ReadAsync(stream, isCdn) is not { } request) return;
            Requests.Enqueue(request);
            var answer = _routes.Answer(request);
            if (Fault is { } fault) answer = fault(request, answer);
            await WriteAsync(stream, request, answer);
            if (answer.Stalls) await Task.Delay(Timeout.Infinite, _stop.Token);
            client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other side went away, as some tests want it to.
        }
    }

    static async Task<FakeRequest?> ReadAsync(NetworkStream stream, bool isCdn)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0) return null;
            text.Append((char)one[0]);
        }

        var lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1].Trim(), StringComparer.Ordinal);
        return new FakeRequest(isCdn, first[0], first[1], headers);
    }

    async Task WriteAsync(NetworkStream stream, FakeRequest request, FakeAnswer answer)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} {(HttpStatusCode)answer.Status}\r\nContent-Length: {answer.Body.Length}\r\nConnection: close\r\n");
        foreach (var (name, value) in answer.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        if (request.Method == "HEAD") return;
        var body = answer.Body.AsMemory(0, (int)Math.Min(answer.CutAfter ?? long.MaxValue, answer.Body.Length));
        await stream.WriteAsync(body);
        if (answer.Status is 200 or 206 && !request.Path.StartsWith("/api/models/", StringComparison.Ordinal)) Interlocked.Add(ref _bytesSent, body.Length);
    }
}
