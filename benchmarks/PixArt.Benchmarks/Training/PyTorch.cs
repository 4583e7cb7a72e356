using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using PixArt.Torch;

namespace PixArt.Benchmarks.Training;

/// <summary>PyTorch in a process of its own, where there is a python3 that has it.</summary>
internal static partial class PyTorch
{
    private static readonly JsonSerializerOptions CamelCase = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The first of the usual interpreters that can import torch, or null.</summary>
    public static string? Find() => Array.Find(["python3", "/usr/bin/python3"], HasTorch);

    /// <summary>Measures the script.</summary>
    public static StepFigures Run(string python, StepShape shape)
    {
        // What our own side computes with, the C library's environment knows.
        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["OMP_NUM_THREADS"] = shape.Threads.ToString(CultureInfo.InvariantCulture) };
        foreach (string name in (string[])["OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY"])
            if (Marshal.PtrToStringUTF8(getenv(name)) is { } value) environment[name] = value;
        (int code, string output) = Start(python, [Script(), JsonSerializer.Serialize(shape, CamelCase)], environment, quiet: false);
        return code == 0 ? JsonSerializer.Deserialize<StepFigures>(output)!
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{python} ended with {code}"));
    }

    private static bool HasTorch(string python)
    {
        try
        {
            return Start(python, ["-c", "import torch"], [], quiet: true).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    // Beside the sources that this program was built from.
    private static string Script()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "benchmarks", "pytorch", "training_step.py");
            if (File.Exists(path)) return path;
        }

        throw new FileNotFoundException("benchmarks/pytorch/training_step.py is not above this program");
    }

    private static (int Code, string Output) Start(string python, string[] arguments, Dictionary<string, string> environment, bool quiet)
    {
        var start = new ProcessStartInfo(python) { RedirectStandardOutput = true, RedirectStandardError = quiet, UseShellExecute = false };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process child = Process.Start(start)!;
        if (quiet) child.ErrorDataReceived += (_, _) => { };
        if (quiet) child.BeginErrorReadLine();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return (child.ExitCode, output);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint getenv(string name);
}
