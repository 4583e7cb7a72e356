using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PixArt.Benchmarks.Cases;
using PixArt.Torch;

namespace PixArt.Benchmarks.Training;

/// <summary>
/// `./pixart bench train [--little] [--steps N] [--rounds N]`: one training step of PixArt-XL/2 (batch 4, 32 x 32 latents, 120 text tokens,
/// fp32, AdamW, on the CPU) beside PyTorch's own loop, each side in processes of its own, one after another.
/// </summary>
internal static class TrainCommand
{
    public static int Run(string[] args)
    {
        if (args is ["--run", var json])
        {
            Console.WriteLine(JsonSerializer.Serialize(TrainingStep.Run(JsonSerializer.Deserialize<StepShape>(json)!)));
            return 0;
        }

        (StepShape shape, int rounds) = (new StepShape(), 2);
        for (int k = 0; k < args.Length; k++)
        {
            if (args[k] == "--little") shape = StepShape.Little with { Steps = shape.Steps };
            else if (args[k] == "--steps" && k + 1 < args.Length && int.TryParse(args[k + 1], CultureInfo.InvariantCulture, out int steps) && steps > 0) shape = shape with { Steps = int.Parse(args[++k], CultureInfo.InvariantCulture) };
            else if (args[k] == "--rounds" && k + 1 < args.Length && int.TryParse(args[k + 1], CultureInfo.InvariantCulture, out rounds) && rounds > 0) k++;
            else return Complain($"train does not know '{args[k]}'; it takes --little, --steps N, --rounds N");
        }

        Compare(shape with { Threads = LibTorch.NumThreads }, rounds);
        return 0;
    }

    private static void Compare(StepShape shape, int rounds)
    {
        double work = 3 * TransformerWork.Forward(shape.Config, shape.Batch, shape.Side, shape.Tokens);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{shape.Layers} blocks of width {shape.Width}, batch {shape.Batch}, {shape.Side} x {shape.Side} latents, {shape.Tokens} tokens: {work / 1e9:G4} GFLOP a step, {shape.Threads} threads"));
        string? python = PyTorch.Find();
        StepFigures? ours = null, theirs = null;
        for (int round = 0; round < rounds; round++)
        {
            // Now one side first, now the other.
            if (python is not null && round % 2 == 1) Add(ref theirs, PyTorch.Run(python, shape));
            Add(ref ours, InChildProcess(shape));
            if (python is not null && round % 2 == 0) Add(ref theirs, PyTorch.Run(python, shape));
        }

        Console.WriteLine($"{"",-24}{"best s",10}{"median s",10}{"GFLOP/s",10}{"peak GiB",10}");
        Row("PixArt.NET", ours!, work);
        if (theirs is null)
        {
            Console.WriteLine("no python3 here has torch: nothing to compare with (apt-get install python3-torch)");
            return;
        }

        Row("PyTorch", theirs, work);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PyTorch's time / ours: {theirs.Best / ours!.Best:F3} (above 1: ours is faster)"));
        Judge(ours, theirs);
    }

    // Whether both sides did the same.
    private static void Judge(StepFigures ours, StepFigures theirs)
    {
        // Debian's package calls its release 1.13.0a0.
        if (!theirs.Version.StartsWith(ours.Version, StringComparison.Ordinal)) Console.WriteLine($"not the same libtorch: {ours.Version} here, {theirs.Version} there");
        double apart = ours.Losses.Zip(theirs.Losses).Max(pair => Math.Abs(pair.First - pair.Second) / Math.Abs(pair.Second));
        bool same = ours.Parameters == theirs.Parameters && apart < 1e-3;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(same ? "the same work" : "NOT the same work")}: {ours.Parameters} and {theirs.Parameters} parameters, losses of all steps within {apart:E1}"));
    }

    private static void Add(ref StepFigures? all, StepFigures more) => all = all?.And(more) ?? more;

    private static void Row(string name, StepFigures figures, double work)
    {
        double[] sorted = [.. figures.Seconds.Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-24}{figures.Best,10:F3}{sorted[sorted.Length / 2],10:F3}{work / figures.Best / 1e9,10:F1}{figures.PeakBytes / (double)(1 << 30),10:F2}"));
    }

    private static StepFigures InChildProcess(StepShape shape)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (string argument in (string[])["train", "--run", JsonSerializer.Serialize(shape)]) start.ArgumentList.Add(argument);
        using Process child = Process.Start(start)!;
        string line = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the step ended with {child.ExitCode}"));
        return JsonSerializer.Deserialize<StepFigures>(line)!;
    }

    private static int Complain(string message)
    {
        Console.Error.WriteLine($"bench: {message}");
        return 2;
    }
}
