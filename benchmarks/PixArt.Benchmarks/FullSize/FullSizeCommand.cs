using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace PixArt.Benchmarks.FullSize;

/// <summary>
/// `./pixart bench full-size [--folder DIR] [--memory GB] [--little]`: writes random weights of the released sizes (some 13 GB, deleted
/// afterwards), makes pictures of 1024 x 1024 with them, each in a process of its own, and tells seconds for each phase and peak resident memory.
/// </summary>
internal static class FullSizeCommand
{
    private const int GuidedSteps = 20;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--run", var model, var expert, var kind, var bytes])
        {
            long budget = long.Parse(bytes, CultureInfo.InvariantCulture);
            Console.WriteLine(JsonSerializer.Serialize(await FullSizePicture.RunAsync(model, expert, kind == "guided", budget).ConfigureAwait(false)));
            return 0;
        }

        (string folder, double gigabytes, FullSizeShapes shapes) = (Path.GetTempPath(), 8, FullSizeShapes.Released);
        for (int k = 0; k < args.Length; k++)
        {
            if (args[k] == "--folder" && k + 1 < args.Length) folder = args[++k];
            else if (args[k] == "--memory" && k + 1 < args.Length && double.TryParse(args[k + 1], CultureInfo.InvariantCulture, out gigabytes)) k++;
            else if (args[k] == "--little") shapes = FullSizeShapes.Little;
            else return Complain($"full-size does not know '{args[k]}'; it takes --folder DIR, --memory GIGABYTES, --little");
        }

        long needed = FullSizeModel.BytesOf(shapes), free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        if (free < needed * 1.05) return Complain(string.Create(CultureInfo.InvariantCulture, $"{folder} has {free / 1e9:F1} GB free, {needed * 1.05 / 1e9:F1} GB are needed; --folder names another place"));
        Measured(shapes, folder, (long)(gigabytes * 1e9), needed);
        return 0;
    }

    private static void Measured(FullSizeShapes shapes, string folder, long budget, long needed)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{shapes.Name}: {needed / 1e9:F1} GB in {folder}, memory {budget / 1e9:F1} GB"));
        using var model = new FullSizeModel(shapes, folder);

        // Interrupted, too, it leaves nothing.
        ConsoleCancelEventHandler tidy = (_, _) => model.Dispose();
        Console.CancelKeyPress += tidy;
        model.WriteSingle();
        Console.WriteLine($"{"1024 x 1024",-34}{"text",8}{"first step",12}{"step",8}{"decode",8}{"total",9}{"peak GB",9}{"planned",9}");
        double decode = Row("transformer, LCM, 4 steps", InChildProcess(model.Folder, "", "lcm", budget), 4, null);
        Row("transformer, guided, 20 steps *", InChildProcess(model.Folder, "", "guided", budget), GuidedSteps, decode);
        model.WritePair();
        decode = Row("two experts, LCM, 4 steps", InChildProcess(model.Folder, model.Expert, "lcm", budget), 4, null);
        Row("two experts, guided, 20 steps *", InChildProcess(model.Folder, model.Expert, "guided", budget), GuidedSteps, decode);
        Console.WriteLine("seconds; the first step includes loading. * two steps were made, the others and the total are extrapolated from the second, decoding is the line's above.");
        Console.CancelKeyPress -= tidy;
    }

    // The row of a picture, and its seconds of decoding. A decode that is given was measured with another picture, and steps are extrapolated.
    private static double Row(string name, FullSizeResult result, int steps, double? decode)
    {
        double[] made = result.StepSeconds;
        double step = decode is null ? made.Skip(1).Order().First() : made[1], last = decode ?? result.DecodeSeconds;
        double sampling = decode is null ? made.Sum() : made[0] + ((steps - 1) * step);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-34}{result.TextSeconds,8:F1}{made[0],12:F1}{step,8:F1}{last,8:F1}{result.TextSeconds + sampling + last,9:F1}{result.PeakBytes / 1e9,9:F2}{result.PlannedBytes / 1e9,9:F2}"));
        return last;
    }

    private static FullSizeResult InChildProcess(string model, string expert, string kind, long budget)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (string arg in (string[])["full-size", "--run", model, expert, kind, budget.ToString(CultureInfo.InvariantCulture)]) start.ArgumentList.Add(arg);
        using Process child = Process.Start(start)!;
        string line = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the {kind} picture ended with {child.ExitCode}"));
        return JsonSerializer.Deserialize<FullSizeResult>(line)!;
    }

    private static int Complain(string message)
    {
        Console.Error.WriteLine($"bench: {message}");
        return 2;
    }
}
