using System.CommandLine;
using System.CommandLine.Parsing;

namespace PixArt.Cli;

/// <summary>Runs one command line from its arguments to its exit code; the only place where exceptions become words.</summary>
internal static class Shell
{
    /// <param name="args">The arguments after the program's name.</param>
    /// <param name="terminal">Where to write.</param>
    /// <param name="cancellation">Cancelled by Ctrl-C.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellation) =>
        RunAsync(CommandTree.Create(terminal), args, terminal, cancellation);

    internal static async Task<int> RunAsync(
        RootCommand root, string[] args, Terminal terminal, CancellationToken cancellation)
    {
        var parsed = root.Parse(args);
        if ((parsed.Errors.FirstOrDefault()?.Message ?? MistypedOption(parsed)) is { } mistake)
        {
            terminal.Complain($"{mistake} (see {CommandTree.Path(parsed.CommandResult.Command)} --help)");
            return ExitCode.BadInput;
        }
        try
        {
            var streams = new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // Interrupts owns the signals.
            };
            return await parsed.InvokeAsync(streams, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            terminal.Complain("cancelled");
            return ExitCode.Cancelled;
        }
        catch (Exception error)
        {
            var usersOwn = IsUsersOwn(error);
            var trace = WantsTrace(parsed);
            terminal.Complain(usersOwn ? error.Message : Unexpected(error, trace));
            if (trace)
                terminal.Error.WriteLine(error);
            return usersOwn ? ExitCode.BadInput : ExitCode.Failure;
        }
    }

    /// <summary>An option that there is not would otherwise be taken for a prompt or a path. After <c>--</c> everything goes.</summary>
    static string? MistypedOption(ParseResult parsed)
    {
        if (!parsed.CommandResult.Command.TreatUnmatchedTokensAsErrors || parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash)) return null;
        var values = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens);
        return values.FirstOrDefault(token => token.Value is ['-', '-' or (>= 'A' and <= 'z'), ..] && !token.Value.Contains(' ', StringComparison.Ordinal)) is { } mistyped
            ? $"There is no option '{mistyped.Value}'."
            : null;
    }

    /// <summary>Errors whose message alone tells what to change: bad settings and files, and what the file system refused.</summary>
    static bool IsUsersOwn(Exception error) =>
        error is PixArtException or IOException or UnauthorizedAccessException;

    static string Unexpected(Exception error, bool trace) =>
        $"{error.GetType().Name}: {error.Message}{(trace ? "" : " (--verbose shows the trace)")}";

    static bool WantsTrace(ParseResult parsed) =>
        parsed.GetValue(CommandTree.Verbose) || Environment.GetEnvironmentVariable("PIXART_TRACE") is "1";
}
