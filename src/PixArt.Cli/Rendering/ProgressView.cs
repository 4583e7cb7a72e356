namespace PixArt.Cli.Rendering;

/// <summary>Shows work while it runs: a bar on a terminal, few plain lines elsewhere.</summary>
internal static class ProgressView
{
    /// <summary>Runs the work, showing what it reports until it ends, fails or is cancelled.</summary>
    public static async Task<T> RunAsync<T>(Terminal terminal, Func<IProgress<Step>, Task<T>> work) =>
        terminal.Interactive
            ? await BarProgress.RunAsync(terminal.ErrorConsole(), work).ConfigureAwait(false)
            : await work(new PlainProgress(terminal.Error, TimeProvider.System)).ConfigureAwait(false);
}
