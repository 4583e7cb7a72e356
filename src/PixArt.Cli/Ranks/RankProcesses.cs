using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PixArt.Cli.Ranks;

/// <summary>Runs this program several times as the ranks of one job, and ends all when one fails.</summary>
internal static class RankProcesses
{
    /// <summary>Said to processes that shall end when their standard input does: so does the launcher.</summary>
    public const string Launched = "PIXART_LAUNCHED";

    /// <summary>How long ranks may take to end by themselves when one has failed; they tell why.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(45);

    /// <param name="terminal">Where to write.</param>
    /// <param name="count">Number of processes.</param>
    /// <param name="port">Where they find each other; null: a free port.</param>
    /// <param name="arguments">What each does.</param>
    /// <param name="cancel">Ends them; each saves a checkpoint.</param>
    /// <returns>The exit code of rank 0 where it failed, else of the first that did, or 0.</returns>
    public static async Task<int> RunAsync(Terminal terminal, int count, int? port, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var meeting = port ?? FreePort();
        var processes = new List<Process>();
        try
        {
            for (var rank = 0; rank < count; rank++) processes.Add(Start(rank, count, meeting, arguments));
            // Ctrl-C in a terminal reaches them too; a second signal would end them without a checkpoint.
            using var ended = cancel.Register(() => processes.ForEach(EndTidily));
            return await WaitAsync(terminal, processes).ConfigureAwait(false);
        }
        finally
        {
            foreach (var process in processes)
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
                process.Dispose();
            }
        }
    }

    static async Task<int> WaitAsync(Terminal terminal, List<Process> processes)
    {
        var running = processes.Select((process, rank) => (Rank: rank, Exit: process.WaitForExitAsync(CancellationToken.None))).ToList();
        var code = ExitCode.Success;
        Task? limit = null;
        while (running.Count > 0)
        {
            var next = await Task.WhenAny([.. running.Select(r => r.Exit), .. limit is null ? (Task[])[] : [limit]]).ConfigureAwait(false);
            if (next == limit) break;
            var (rank, _) = running.Find(r => r.Exit == next);
            running.RemoveAll(r => r.Exit == next);
            if (processes[rank].ExitCode is not (var failed and not 0) || code != 0) continue;
            code = failed;
            // Rank 0 may still be writing the checkpoint that it was stopped for.
            if (failed == ExitCode.Cancelled) continue;
            if (failed > 128) terminal.Complain($"rank {rank} of {processes.Count} was ended by signal {failed - 128}");
            limit = Task.Delay(Grace);
        }

        return processes[0] is { HasExited: true, ExitCode: var first and not 0 } ? first : code;
    }

    static Process Start(int rank, int count, int port, IReadOnlyList<string> arguments)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardInput = true };
        // Under the `dotnet` host the program is its first argument.
        if (string.Equals(Path.GetFileNameWithoutExtension(Environment.ProcessPath), "dotnet", StringComparison.Ordinal))
            info.ArgumentList.Add(typeof(RankProcesses).Assembly.Location);
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        void Set(string name, int value) => info.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        Set("RANK", rank);
        Set("LOCAL_RANK", rank);
        Set("WORLD_SIZE", count);
        Set("MASTER_PORT", port);
        info.Environment["MASTER_ADDR"] = "127.0.0.1";
        info.Environment[Launched] = "1";
        // Together they use the machine's processors, each its part.
        if (!info.Environment.ContainsKey("OMP_NUM_THREADS")) Set("OMP_NUM_THREADS", Math.Max(1, Environment.ProcessorCount / count));
        return Process.Start(info)!;
    }

    static void EndTidily(Process process)
    {
        // Closing its input asks once, however often the user presses Ctrl-C.
        if (!process.HasExited) process.StandardInput.Close();
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
