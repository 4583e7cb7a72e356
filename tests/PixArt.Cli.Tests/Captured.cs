namespace PixArt.Cli.Tests;

/// <summary>A terminal of strings, and what one command line wrote to it.</summary>
internal sealed class Captured
{
    readonly StringWriter _out = new() { NewLine = "\n" };
    readonly StringWriter _error = new() { NewLine = "\n" };

    public Captured(bool color = false) => Terminal = new Terminal(_out, _error, Interactive: false, color);

    public Terminal Terminal { get; }

    public string Out => _out.ToString();

    public string Error => _error.ToString();
}
