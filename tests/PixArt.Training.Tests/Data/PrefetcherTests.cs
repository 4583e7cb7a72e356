using PixArt.Torch;
using PixArt.Training.Data;

namespace PixArt.Training.Tests.Data;

public sealed class PrefetcherTests
{
    [Fact]
    public void Next_FromANumber_GivesItemsInOrder()
    {
        using var prefetcher = new Prefetcher<Item>(number => new Item(number, null), 7);
        Assert.Equal([7L, 8L, 9L], Enumerable.Range(0, 3).Select(_ => prefetcher.Next().Number));
    }

    [Fact]
    public void Next_MakingFails_ThrowsThatError()
    {
        using var prefetcher = new Prefetcher<Item>(number => number == 1 ? throw new PixArtException("bad sample") : new Item(number, null), 0);
        prefetcher.Next();
        Assert.Equal("bad sample", Assert.Throws<PixArtException>(prefetcher.Next).Message);
    }

    [Fact]
    public void Dispose_ItemsAreWaiting_DisposesThem()
    {
        var alive = new int[1];
        var prefetcher = new Prefetcher<Item>(number => new Item(number, alive), 0, depth: 3);
        prefetcher.Next().Dispose();
        SpinWait.SpinUntil(() => Volatile.Read(ref alive[0]) >= 3, TimeSpan.FromSeconds(30));
        prefetcher.Dispose();
        Assert.Equal(0, alive[0]);
    }

    [Fact]
    public async Task Next_ThreadsOfThePoolHaveAnotherThreadCount_MakesWithTheMakersOwn()
    {
        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => LibTorch.NumThreads = 2)));
        var before = LibTorch.NumThreads;
        try
        {
            LibTorch.NumThreads = 3;
            using var prefetcher = new Prefetcher<Item>(
                _ =>
                {
                    // Long enough for the pool to take the next ones; what nobody has begun is made by the one who waits for it.
                    Thread.Sleep(5);
                    return new Item(LibTorch.NumThreads, null);
                },
                first: 0);
            Assert.Equal(Enumerable.Repeat(3L, 16), Enumerable.Range(0, 16).Select(_ => prefetcher.Next().Number));
        }
        finally
        {
            LibTorch.NumThreads = before;
        }
    }

    sealed class Item : IDisposable
    {
        readonly int[]? _alive;

        public Item(long number, int[]? alive)
        {
            (Number, _alive) = (number, alive);
            if (alive is not null) Interlocked.Increment(ref alive[0]);
        }

        public long Number { get; }

        public void Dispose()
        {
            if (_alive is not null) Interlocked.Decrement(ref _alive[0]);
        }
    }
}
