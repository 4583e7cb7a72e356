using System.CommandLine;
using PixArt.Cli.Diagnosis;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart doctor</c>: what of this machine the program uses, and what to do where something is missing.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("doctor", "Show what was found on this machine: libtorch, devices, BLAS, libraries; and what to do when something is missing.");
        command.SetAction(_ => Run(terminal, [.. MachineProbes.Program(), .. TorchProbes.Run(), .. MachineProbes.Libraries()]));
        return command;
    }

    internal static int Run(Terminal terminal, IReadOnlyList<Finding> findings)
    {
        var width = findings.Max(f => f.Name.Length);
        foreach (var finding in findings)
        {
            terminal.Out.WriteLine($"{finding.Name.PadRight(width)}  {finding.Value}");
            if (finding.Advice is { } advice) terminal.Out.WriteLine($"{new string(' ', width)}  -> {advice}");
        }
        var missing = findings.Where(f => f.Missing).Select(f => f.Name).ToArray();
        terminal.Out.WriteLine(missing.Length == 0 ? "all there" : $"missing: {string.Join(", ", missing)}");
        return missing.Length == 0 ? ExitCode.Success : ExitCode.Failure;
    }
}
