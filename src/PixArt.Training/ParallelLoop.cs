using System.Runtime.ExceptionServices;

namespace PixArt.Training;

/// <summary>A loop on all processors whose failures are those of its body: a full disk or a damaged file is told as it would be without it.</summary>
static class ParallelLoop
{
    /// <summary>Runs the body for 0 up to <paramref name="count"/> in any order; of several failures the first is thrown.</summary>
    public static void Run(int count, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, body);
        }
        catch (AggregateException failed) when (failed.InnerException is { } reason)
        {
            ExceptionDispatchInfo.Throw(reason);
        }
    }
}
