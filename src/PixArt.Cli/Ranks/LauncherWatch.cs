namespace PixArt.Cli.Ranks;

/// <summary>Asks a process that was launched to stop when its launcher stops it or is gone.</summary>
internal sealed class LauncherWatch : IDisposable
{
    readonly CancellationTokenSource _source;

    /// <param name="cancel">The process's own interrupts.</param>
    public LauncherWatch(CancellationToken cancel)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (Environment.GetEnvironmentVariable(RankProcesses.Launched) is not "1") return;
        new Thread(WaitForEnd) { IsBackground = true, Name = "launcher" }.Start();
    }

    /// <summary>Cancelled by either.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose() => _source.Dispose();

    void WaitForEnd()
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
            // Nothing is said on it.
        }

        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Done already.
        }
    }
}
