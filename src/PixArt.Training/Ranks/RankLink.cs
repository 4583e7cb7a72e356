using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using PixArt.Torch.Distributed;

namespace PixArt.Training.Ranks;

/// <summary>A line from every process to rank 0 that carries signs of life, and the news that one has failed. Collectives alone would
/// wait for a machine that vanished as long as for one that writes a large checkpoint.</summary>
sealed class RankLink : IDisposable
{
    const string Key = "link", Beat = "alive", Failed = "failed ", Done = "done";
    static readonly TimeSpan s_beatPause = TimeSpan.FromSeconds(3);
    readonly int _world;
    readonly TimeSpan _silence;
    readonly CancellationTokenSource _lost = new();
    readonly ManualResetEventSlim _closing = new();
    readonly Peer?[] _peers;
    readonly Thread _beats;
    string? _cause;
    bool _firstFailed;

    /// <param name="place">Which process this is.</param>
    /// <param name="store">Through which rank 0 tells where it listens.</param>
    /// <param name="patience">How long the processes may take to come.</param>
    /// <param name="silence">How long one may be silent.</param>
    /// <param name="cancel">Ends the wait for them.</param>
    /// <exception cref="PixArtException">Some did not come.</exception>
    public RankLink(RankEnvironment place, RankStore store, TimeSpan patience, TimeSpan silence, CancellationToken cancel)
    {
        (_world, _silence) = (place.World, silence);
        _peers = new Peer?[place.World];
        if (place.Rank == 0) Welcome(store, patience, cancel);
        else Reach(place, store, patience, cancel);
        _beats = new Thread(SendBeats) { IsBackground = true, Name = "signs of life" };
        _beats.Start();
    }

    /// <summary>Cancelled when a process has failed or is gone.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>What happened then, in plain words.</summary>
    public string? Cause => Volatile.Read(ref _cause);

    /// <summary>Whether rank 0 tells the user what goes wrong: it can still be told, or has said itself that it failed.</summary>
    public bool HasFirst => _peers[0] is { IsOpen: true } || Volatile.Read(ref _firstFailed);

    /// <summary>Tells the others that this process cannot go on.</summary>
    /// <param name="message">Why, in one line.</param>
    public void Fail(string message) => Send(Failed + message.ReplaceLineEndings(" "));

    /// <summary>Says goodbye.</summary>
    public void Dispose()
    {
        if (_closing.IsSet) return;
        _closing.Set();
        _beats.Join();
        Send(Done);
        foreach (var peer in _peers) peer?.Dispose();
        _lost.Dispose();
    }

    void Welcome(RankStore store, TimeSpan patience, CancellationToken cancel)
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start(_world);
        store.Set(Key, ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience);
        for (var come = 1; come < _world; come++)
        {
            try
            {
                var peer = new Peer(listener.AcceptSocketAsync(limit.Token).AsTask().GetAwaiter().GetResult(), _silence);
                if (!int.TryParse(peer.ReadLine(), CultureInfo.InvariantCulture, out var rank) || rank < 1 || rank >= _world || _peers[rank] is not null)
                    throw new PixArtException("a process came that is not of this job, or with the number of another: see RANK");
                _peers[rank] = peer;
                Listen(peer, rank);
            }
            catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
            {
                var missing = Enumerable.Range(1, _world - 1).Where(rank => _peers[rank] is null);
                throw new PixArtException($"of {_world} processes rank {string.Join(", ", missing)} did not come within {patience.TotalSeconds:0} seconds", e);
            }
        }
    }

    void Reach(RankEnvironment place, RankStore store, TimeSpan patience, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience);
        try
        {
            var port = int.Parse(store.Wait(Key, limit.Token), CultureInfo.InvariantCulture);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.ConnectAsync(place.MasterAddress, port, limit.Token).AsTask().GetAwaiter().GetResult();
            var peer = new Peer(socket, _silence);
            peer.Send(place.Rank.ToString(CultureInfo.InvariantCulture));
            _peers[0] = peer;
            Listen(peer, 0);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new PixArtException($"rank {place.Rank} does not reach rank 0 at '{place.MasterAddress}': {e.Message}", e);
        }
    }

    void Listen(Peer peer, int rank) => new Thread(() =>
    {
        try
        {
            while (peer.ReadLine() is { } line)
            {
                if (string.Equals(line, Done, StringComparison.Ordinal)) return;
                if (!line.StartsWith(Failed, StringComparison.Ordinal)) continue;
                if (rank == 0) Volatile.Write(ref _firstFailed, true);
                Declare(rank, line[Failed.Length..]);
            }

            Declare(rank, null);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            Declare(rank, null);
        }
        finally
        {
            peer.IsOpen = false;
        }
    })
    { IsBackground = true, Name = $"rank {rank}" }.Start();

    // Rank 0 knows first, the others hear it from there.
    void Declare(int rank, string? message)
    {
        if (_closing.IsSet) return;
        var cause = message is null ? $"rank {rank} of {_world} is gone" : rank == 0 ? message : $"rank {rank} of {_world} failed: {message}";
        if (Interlocked.CompareExchange(ref _cause, cause, null) is not null) return;
        if (rank != 0) Send(Failed + cause);
        try
        {
            _lost.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // This process was about to end anyway.
        }
    }

    void SendBeats()
    {
        while (!_closing.Wait(s_beatPause)) Send(Beat);
    }

    void Send(string line)
    {
        foreach (var peer in _peers) peer?.Send(line);
    }

    /// <summary>One connection; lines of text.</summary>
    sealed class Peer : IDisposable
    {
        readonly Socket _socket;
        readonly StreamReader _reader;
        readonly Lock _sending = new();

        public Peer(Socket socket, TimeSpan silence)
        {
            _socket = socket;
            socket.NoDelay = true;
            socket.SendTimeout = socket.ReceiveTimeout = (int)silence.TotalMilliseconds;
            _reader = new(new NetworkStream(socket, ownsSocket: false), Encoding.UTF8);
        }

        public bool IsOpen { get; set; } = true;

        // Throws an IOException when nothing came for too long.
        public string? ReadLine() => _reader.ReadLine();

        public void Send(string line)
        {
            try
            {
                lock (_sending) _socket.Send(Encoding.UTF8.GetBytes(line + "\n"));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Who reads from this connection finds it broken.
            }
        }

        public void Dispose()
        {
            try
            {
                _socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // Gone already.
            }

            _socket.Dispose();
            _reader.Dispose();
        }
    }
}
