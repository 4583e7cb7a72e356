using Spectre.Console;

namespace PixArt.Cli;

/// <summary>Where a command writes: results to <see cref="Out"/>, everything about the work itself to <see cref="Error"/>.</summary>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="Interactive">True when <paramref name="Error"/> is a terminal that can redraw a line.</param>
/// <param name="Color">True when <paramref name="Error"/> shows colours.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool Interactive, bool Color)
{
    const string Red = "\e[31m";
    const string Plain = "\e[0m";

    /// <summary>The process's own streams. Colours follow NO_COLOR and TERM=dumb.</summary>
    public static Terminal OfProcess()
    {
        var dumb = Environment.GetEnvironmentVariable("TERM") is "dumb";
        var colourless = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var interactive = !Console.IsErrorRedirected && !dumb;
        return new(Console.Out, Console.Error, interactive, interactive && !colourless);
    }

    /// <summary>Writes one line `pixart: message`, in red where colours show; line breaks become spaces.</summary>
    public void Complain(string message)
    {
        var line = $"pixart: {string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))}";
        Error.WriteLine(Color ? Red + line + Plain : line);
    }

    /// <summary>A Spectre console over <see cref="Error"/>, for what is redrawn.</summary>
    public IAnsiConsole ErrorConsole() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Error),
        Ansi = Interactive ? AnsiSupport.Detect : AnsiSupport.No,
        Interactive = Interactive ? InteractionSupport.Yes : InteractionSupport.No,
        ColorSystem = Color ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
    });
}
