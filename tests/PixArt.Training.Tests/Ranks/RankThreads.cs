using PixArt.TestKit;
using PixArt.Torch;
using PixArt.Torch.Distributed;
using PixArt.Training.Ranks;

namespace PixArt.Training.Tests.Ranks;

/// <summary>Ranks that are threads of this process: all that passes between them goes through sockets all the same.</summary>
static class RankThreads
{
    /// <summary>Does the same on every rank; what one throws is told to the others, and thrown here.</summary>
    public static void Run(int world, Action<TrainingRanks> action)
    {
        if (world == 1)
        {
            action(TrainingRanks.Alone);
            return;
        }

        var port = FreePort.Find();
        var failures = new Exception?[world];
        string? cause = null;
        Thread[] threads = [.. Enumerable.Range(0, world).Select(rank => new Thread(() =>
        {
            using var ranks = TrainingRanks.Join(new(rank, world, rank, "127.0.0.1", port), CancellationToken.None);
            try
            {
                action(ranks);
                ranks.Meet();
            }
            catch (Exception e)
            {
                failures[rank] = e;
                Interlocked.CompareExchange(ref cause, ranks.Cause, null);
                ranks.Fail(e.Message);
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (Array.Find(failures, e => e is not null and not OperationCanceledException and not TorchException) is { } first) throw first;
        Assert.True(Array.TrueForAll(failures, e => e is null), $"{cause}: {Array.Find(failures, e => e is not null)}");
    }
}
