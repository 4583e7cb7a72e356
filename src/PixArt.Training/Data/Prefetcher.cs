using System.Collections.Concurrent;

namespace PixArt.Training.Data;

/// <summary>Makes numbered items ahead of time on threads of its own and hands them out in order.</summary>
/// <typeparam name="T">The item.</typeparam>
sealed class Prefetcher<T> : IDisposable
    where T : IDisposable
{
    readonly BlockingCollection<Task<T>> _queue;
    readonly CancellationTokenSource _stop = new();
    readonly Thread _thread;

    /// <param name="make">Makes the item of a number; called from other threads, one at a time for each worker.</param>
    /// <param name="first">The first number.</param>
    /// <param name="depth">How many items may wait.</param>
    public Prefetcher(Func<long, T> make, long first, int depth = 2)
    {
        _queue = new(depth);
        _thread = new Thread(() => Fill(make, first)) { IsBackground = true, Name = "prefetch" };
        _thread.Start();
    }

    /// <summary>The next item; the caller disposes it. Rethrows what making it threw.</summary>
    public T Next() => _queue.Take().GetAwaiter().GetResult();

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        foreach (var task in _queue)
            if (task.IsCompletedSuccessfully) task.Result.Dispose();
        _queue.Dispose();
        _stop.Dispose();
    }

    void Fill(Func<long, T> make, long first)
    {
        try
        {
            for (var number = first; ; number++)
            {
                Task<T> made;
                try
                {
                    made = Task.FromResult(make(number));
                }
                catch (Exception e)
                {
                    made = Task.FromException<T>(e);
                }

                if (!TryAdd(made) || made.IsFaulted) break;
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
            if (made.IsCompletedSuccessfully) made.Result.Dispose();
            return false;
        }
    }
}
