using PixArt.TestKit;
using PixArt.Torch.Distributed;

namespace PixArt.Torch.Tests.Distributed;

/// <summary>Ranks that are threads of one process: what they say to each other goes through sockets all the same.</summary>
public sealed class ProcessGroupTests
{
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void AllReduce_SumsTheTensorsOfAllRanks(int world)
    {
        using var leak = new LeakCheck();
        OnRanks(world, group =>
        {
            using var tensor = Tensor.FromArray([1f + group.Rank, -2, 0.5f], 3);
            using (var work = group.AllReduce(tensor)) work.Wait();
            Assert.Equal([(world * (world + 1) / 2f), -2 * world, 0.5f * world], tensor.ToArray<float>());
        });
    }

    [Fact]
    public void Broadcast_OfBytes_GivesEveryRankTheRootsOwn()
    {
        OnRanks(3, group =>
        {
            using var tensor = Tensor.FromArray([(byte)group.Rank, (byte)(10 * group.Rank)], 2);
            using (var work = group.Broadcast(tensor, 2)) work.Wait();
            Assert.Equal([2, 20], tensor.ToArray<byte>());
        });
    }

    [Fact]
    public void AllGather_KeepsTheOrderOfRanks()
    {
        OnRanks(3, group =>
        {
            using var scope = TensorScope.Begin();
            Tensor[] outputs = [.. Enumerable.Range(0, 3).Select(_ => Tensor.Zeros([2]))];
            using (var work = group.AllGather(outputs, Tensor.FromArray([(float)group.Rank, -group.Rank], 2))) work.Wait();
            Assert.Equal([0f, 0, 1, -1, 2, -2], Tensor.Cat(outputs).ToArray<float>());
        });
    }

    [Fact]
    public void Wait_ManyWorksInFlight_EachGivesItsOwnSum()
    {
        OnRanks(2, group =>
        {
            using var scope = TensorScope.Begin();
            Tensor[] tensors = [.. Enumerable.Range(0, 20).Select(i => Tensor.Full([1000 + i], i))];
            PendingWork[] works = [.. tensors.Select(group.AllReduce)];
            foreach (var work in works)
            {
                work.Wait();
                work.Dispose();
            }

            for (var i = 0; i < tensors.Length; i++) Assert.All(tensors[i].ToArray<float>(), value => Assert.Equal(2f * i, value));
        });
    }

    [Fact]
    public void Wait_WhenAnotherRankIsKnownToBeGone_EndsSoon()
    {
        using var lost = new CancellationTokenSource();
        OnRanks(
            2,
            group =>
            {
                if (group.Rank == 1) return;
                using var tensor = Tensor.Ones([3]);
                using var work = group.AllReduce(tensor);
                lost.CancelAfter(300);
                Assert.Throws<OperationCanceledException>(work.Wait);
            },
            lost.Token);
    }

    [Fact]
    public void Store_GivesWhatAnotherRankSet()
    {
        var port = FreePort.Find();
        using var server = new RankStore(new(0, 2, 0, "127.0.0.1", port), Timeout);
        using var client = new RankStore(new(1, 2, 1, "127.0.0.1", port), Timeout);
        Assert.Null(client.Find("name"));
        var text = new string('ä', 400);
        server.Set("name", text);
        Assert.Equal(text, client.Wait("name", CancellationToken.None));
    }

    [Fact]
    public void Store_OnATakenPort_SaysWhere()
    {
        var port = FreePort.Find();
        using var first = new RankStore(new(0, 2, 0, "127.0.0.1", port), Timeout);
        var error = Assert.Throws<TorchException>(() => new RankStore(new(0, 2, 0, "127.0.0.1", port), Timeout));
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
    }

    static void OnRanks(int world, Action<ProcessGroup> action, CancellationToken lost = default)
    {
        var port = FreePort.Find();
        using var meet = new Barrier(world);
        var failures = new Exception?[world];
        Thread[] threads = [.. Enumerable.Range(0, world).Select(rank => new Thread(() =>
        {
            try
            {
                var place = new RankEnvironment(rank, world, rank, "127.0.0.1", port);
                using var store = new RankStore(place, Timeout);
                using var group = new ProcessGroup(store, "test", place, Device.Cpu, Timeout, lost);
                action(group);
                meet.SignalAndWait(Timeout);
            }
            catch (Exception e)
            {
                failures[rank] = e;
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.All(failures, Assert.Null);
    }
}
