using System.Collections.Concurrent;
using PixArt.Torch;

namespace PixArt.Training.Data;

/// <summary>Makes numbered items ahead of time, several at once, and hands them out in order. libtorch's number of threads belongs to a
/// thread, and decides the last bits of a sum: items are made with the number of the thread that the prefetcher is made on.</summary>
/// <typeparam name="T">The item.</typeparam>
sealed class Prefetcher<T> : IDisposable
    where T : IDisposable
{
    readonly BlockingCollection<Task<T>> _queue;
    readonly CancellationTokenSource _stop = new();
    readonly Thread _thread;

    /// <param name="make">Makes the item of a number; called from threads of the pool, for several numbers at once.</param>
    /// <param name="first">The first number.</param>
    /// <param name="depth">How many items may wait or be in the making; null: half as many as there are processors, 2 to 16.</param>
    public Prefetcher(Func<long, T> make, long first, int? depth = null)
    {
        _queue = new(depth ?? Math.Clamp(Environment.ProcessorCount / 2, 2, 16));
        var threads = LibTorch.NumThreads;
        _thread = new Thread(() => Fill(make, first, threads)) { IsBackground = true, Name = "prefetch" };
        _thread.Start();
    }

    /// <summary>The next item; the caller disposes it. Rethrows what making it threw.</summary>
    public T Next() => _queue.Take().GetAwaiter().GetResult();

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        foreach (var task in _queue) Drop(task);
        _queue.Dispose();
        _stop.Dispose();
    }

    void Fill(Func<long, T> make, long first, int threads)
    {
        try
        {
            var failed = false;
            for (var number = first; !failed; number++)
            {
                var mine = number;
                var made = Task.Run(() =>
                {
                    try
                    {
                        if (LibTorch.NumThreads != threads) LibTorch.NumThreads = threads;
                        return make(mine);
                    }
                    catch
                    {
                        Volatile.Write(ref failed, true);
                        throw;
                    }
                });
                if (TryAdd(made)) continue;
                Drop(made);
                break;
            }
        }
        finally
        {
            _queue.CompleteAdding();
        }
    }

    bool TryAdd(Task<T> made)
    {
        try
        {
            _queue.Add(made, _stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    static void Drop(Task<T> made)
    {
        Task.WhenAny(made).Wait();
        if (made.IsCompletedSuccessfully) made.Result.Dispose();
    }
}
