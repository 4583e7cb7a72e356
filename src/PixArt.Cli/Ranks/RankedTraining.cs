using PixArt.Torch;
using PixArt.Torch.Distributed;
using PixArt.Training.Ranks;

namespace PixArt.Cli.Ranks;

/// <summary>What a process does that is one of several. The user is told what goes wrong once: by rank 0, while it can.</summary>
internal static class RankedTraining
{
    /// <summary>How long a process may take to end by itself when another is gone: it may hang in work that waits for that one.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>This process's place in a job of many; null: it trains by itself.</summary>
    public static RankEnvironment? Place()
    {
        try
        {
            return RankEnvironment.OfProcess();
        }
        catch (FormatException e)
        {
            throw new PixArtException(e.Message, e);
        }
    }

    /// <summary>Joins the others and trains.</summary>
    /// <param name="terminal">Where to write.</param>
    /// <param name="place">Which process this is.</param>
    /// <param name="train">Reads the recipe and trains.</param>
    /// <param name="interrupts">Cancelled by Ctrl-C.</param>
    public static int Run(Terminal terminal, RankEnvironment place, Action<TrainingRanks, CancellationToken> train, CancellationToken interrupts)
    {
        using var watch = new LauncherWatch(interrupts);
        using var ranks = TrainingRanks.Join(place, watch.Token);
        ranks.Lost.UnsafeRegister(_ => new Thread(() => EndLate(terminal, ranks)) { IsBackground = true }.Start(), null);
        try
        {
            train(ranks, watch.Token);
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (!ranks.Lost.IsCancellationRequested)
        {
            if (ranks.IsFirst) terminal.Complain("cancelled: training goes on from the checkpoint when it is started again");
            return ExitCode.Cancelled;
        }
        catch (Exception e)
        {
            if (e is TorchException or OperationCanceledException && ranks.CauseElsewhere(e) is { } cause)
            {
                Tell(terminal, ranks, cause);
                return ExitCode.Failure;
            }

            // Whether it is the user's own error or not is in the message; rank 0 says it as its own.
            var heard = ranks.IsHeard;
            ranks.Fail(e is PixArtException ? e.Message : $"{e.GetType().Name}: {e.Message}");
            if (!heard) throw;
            return ExitCode.Failure;
        }
    }

    static void Tell(Terminal terminal, TrainingRanks ranks, string cause)
    {
        if (!ranks.IsHeard) terminal.Complain($"{cause}; training goes on from the newest checkpoint when it is started again, on any number of processes");
    }

    static void EndLate(Terminal terminal, TrainingRanks ranks)
    {
        Thread.Sleep(Grace);
        Tell(terminal, ranks, ranks.Cause ?? "another process is gone");
        Environment.Exit(ExitCode.Failure);
    }
}
