using System.CommandLine;
using PixArt.Cli.Commands;

namespace PixArt.Cli;

/// <summary>The `pixart` command with all its subcommands.</summary>
internal static class CommandTree
{
    /// <summary>Understood by every command.</summary>
    public static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Show the full trace of an error (also PIXART_TRACE=1).",
        Recursive = true,
    };

    public static RootCommand Create(Terminal terminal) => Create(
    [
        GenerateCommand.Create(terminal),
        TrainCommand.Create(terminal),
        LaunchCommand.Create(terminal),
        ExtractCommand.Create(terminal),
        AssembleCommand.Create(terminal),
        ScenesCommand.Create(terminal),
        EvaluateCommand.Create(terminal),
        InspectCommand.Create(terminal),
        ConvertCommand.Create(terminal),
        MergeCommand.Create(terminal),
        ModelsCommand.Create(terminal),
        DownloadCommand.Create(terminal),
        QuantizeCommand.Create(terminal),
        GrowCommand.Create(terminal),
        BranchCommand.Create(terminal),
        DoctorCommand.Create(terminal),
    ]);

    internal static RootCommand Create(IEnumerable<Command> commands)
    {
        var root = new RootCommand("PixArt: text to image with a diffusion transformer, in C# on libtorch. (In a checkout, ./pixart test, ./pixart bench, ./pixart fuzz and ./pixart format run the tests, the benchmarks, the fuzzer and the format check.)") { HelpName = "pixart" };
        root.Add(Verbose);
        foreach (var command in commands)
            root.Add(command);
        root.SetAction((parsed, cancellation) => root.Parse(["--help"]).InvokeAsync(parsed.InvocationConfiguration, cancellation));
        return root;
    }

    /// <summary>How a user types the command: `pixart generate`.</summary>
    public static string Path(Command command) =>
        command is RootCommand ? "pixart" : $"pixart {command.Name}";
}
