using System.ComponentModel;
using System.Diagnostics;

namespace PixArt.TestKit;

/// <summary>Programs of the system that a test may need and may not find.</summary>
public static class Tool
{
    /// <summary>Runs one to its end.</summary>
    /// <returns>Its exit code, -1 where there is no such program; and what it wrote to standard error.</returns>
    public static (int Code, string Said) Run(string command, params IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            var said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, said);
        }
        catch (Win32Exception)
        {
            return (-1, "");
        }
    }
}
