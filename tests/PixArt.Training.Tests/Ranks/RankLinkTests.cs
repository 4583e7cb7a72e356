using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using PixArt.TestKit;
using PixArt.Torch.Distributed;
using PixArt.Training.Ranks;

namespace PixArt.Training.Tests.Ranks;

public sealed class RankLinkTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Fail_OnOneRank_IsHeardByAllWithItsReason()
    {
        var (links, end) = Open(3, TimeSpan.FromSeconds(30));
        links[2].Fail("the disk\nis full");
        foreach (var link in links[..2])
        {
            Assert.True(link.Lost.WaitHandle.WaitOne(s_patience));
            Assert.Equal("rank 2 of 3 failed: the disk is full", link.Cause);
        }

        end();
    }

    [Fact]
    public void Fail_OnRank0_IsToldAsItIs()
    {
        var (links, end) = Open(2, TimeSpan.FromSeconds(30));
        links[0].Fail("no such file");
        Assert.True(links[1].Lost.WaitHandle.WaitOne(s_patience));
        Assert.Equal("no such file", links[1].Cause);
        end();
    }

    [Fact]
    public void Dispose_OnOneRank_IsNoLoss()
    {
        var (links, end) = Open(3, TimeSpan.FromSeconds(30));
        links[1].Dispose();
        Assert.False(links[0].Lost.WaitHandle.WaitOne(300));
        end();
    }

    [Fact]
    public void Silence_OfARank_IsItsLoss()
    {
        // Shorter than the pause between signs of life: everybody is too silent.
        var watch = Stopwatch.StartNew();
        var (links, end) = Open(2, TimeSpan.FromMilliseconds(300));
        Assert.True(links[0].Lost.WaitHandle.WaitOne(s_patience));
        Assert.Equal("rank 1 of 2 is gone", links[0].Cause);
        Assert.True(watch.Elapsed < s_patience);
        end();
    }

    [Fact]
    public void Open_WhenARankDoesNotCome_SaysWhich()
    {
        var port = FreePort.Find();
        var place = new RankEnvironment(0, 3, 0, "127.0.0.1", port);
        using var store = new RankStore(place, s_patience);
        var error = Assert.Throws<PixArtException>(() => new RankLink(place, store, TimeSpan.FromMilliseconds(200), s_patience, CancellationToken.None));
        Assert.Equal("of 3 processes rank 1, 2 did not come within 0 seconds", error.Message);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("0")]
    [InlineData("GET / HTTP/1.1")]
    public async Task Open_WhenAStrangerComes_IsTold(string says)
    {
        var port = FreePort.Find();
        var place = new RankEnvironment(0, 2, 0, "127.0.0.1", port);
        using var store = new RankStore(place, s_patience);
        var opening = Task.Factory.StartNew(
            () => new RankLink(place, store, s_patience, s_patience, CancellationToken.None), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using var stranger = new TcpClient();
        await stranger.ConnectAsync("127.0.0.1", int.Parse(store.Wait("link", CancellationToken.None), CultureInfo.InvariantCulture));
        await stranger.GetStream().WriteAsync(Encoding.UTF8.GetBytes(says + "\n"));
        Assert.Equal("a process came that is not of this job, or with the number of another: see RANK", (await Assert.ThrowsAsync<PixArtException>(() => opening)).Message);
    }

    [Fact]
    public void Open_WhereRank0IsNotReached_SaysWhere()
    {
        var port = FreePort.Find();
        using var store = new RankStore(new(0, 2, 0, "127.0.0.1", port), s_patience);
        store.Set("link", FreePort.Find().ToString(CultureInfo.InvariantCulture)); // where nobody listens
        var error = Assert.Throws<PixArtException>(() => new RankLink(new(1, 2, 1, "127.0.0.1", port), store, s_patience, s_patience, CancellationToken.None));
        Assert.StartsWith("rank 1 does not reach rank 0 at '127.0.0.1': ", error.Message, StringComparison.Ordinal);
    }

    static (RankLink[] Links, Action End) Open(int world, TimeSpan silence)
    {
        var port = FreePort.Find();
        RankEnvironment[] places = [.. Enumerable.Range(0, world).Select(rank => new RankEnvironment(rank, world, rank, "127.0.0.1", port))];
        RankStore[] stores = [.. places.Select(place => new RankStore(place, s_patience))];
        var opening = places.Select((place, rank) => Task.Factory.StartNew(
            () => new RankLink(place, stores[rank], s_patience, silence, CancellationToken.None), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        var links = Task.WhenAll(opening).GetAwaiter().GetResult();
        return (links, () =>
        {
            foreach (var link in links) link.Dispose();
            foreach (var store in stores) store.Dispose();
        }
        );
    }
}
