using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using PixArt.Imaging;
using PixArt.Weights;

namespace PixArt.Cli.Tests.Commands;

/// <summary>Real processes, killed without warning. They share an autoencoder's batches of four.</summary>
public sealed class LaunchCommandTests : IDisposable
{
    static readonly TimeSpan AMinute = TimeSpan.FromMinutes(1);
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_rank_that_is_killed_ends_the_job_and_training_resumes_to_the_same_bits_or_on_another_number_of_ranks()
    {
        Assert.Equal(0, Run(["launch", "--nproc", "2"], "straight").Code);

        using (var launcher = Start(["launch", "--nproc", "2"], "killed"))
        {
            var error = launcher.StandardError.ReadToEndAsync();
            Wait.Until(() => Newest("killed") >= 7);
            RankOf(launcher, 1).Kill();
            var watch = Stopwatch.StartNew();
            Assert.True(launcher.WaitForExit(AMinute));
            Assert.True(watch.Elapsed < AMinute);
            Assert.NotEqual(0, launcher.ExitCode);
            var told = await error;
            Assert.Single(Lines(told), line => line.Contains("rank 1 of 2 is gone; training goes on from the newest checkpoint", StringComparison.Ordinal));
            Assert.Empty(RanksOf(launcher));
        }

        FolderCopy.Make(_folder["killed"], _folder["alone"]);
        Assert.Equal(0, Run(["launch", "--nproc", "2"], "killed").Code);
        Assert.Equal(Hashes("straight"), Hashes("killed"));

        Assert.Equal(0, Run([], "alone").Code);
        AssertClose("straight", "alone");
    }

    [Fact]
    public void Four_processes_end_where_one_does()
    {
        Assert.Equal(0, Run([], "one").Code);
        var (code, told) = Run(["launch", "--nproc", "4"], "four");
        Assert.Equal(0, code);
        // Only rank 0 tells.
        Assert.Single(Lines(told), line => line.StartsWith("step 20/20", StringComparison.Ordinal));
        AssertClose("one", "four");
    }

    [Fact]
    public void A_users_error_is_told_once()
    {
        var (code, told) = Run(["launch", "--nproc", "2"], "out", "batchSize=3");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Equal(["pixart: batchSize is 3, expected a multiple of the 2 processes: each takes an equal part of every batch"], Lines(told));
    }

    [Fact]
    public async Task An_interrupt_of_the_launcher_saves_a_checkpoint()
    {
        using var launcher = Start(["launch", "--nproc", "2"], "out", "checkpoint.everySteps=null", "steps=100000");
        var error = launcher.StandardError.ReadToEndAsync();
        Wait.Until(() => File.Exists(Path.Combine(_folder["out"], "metrics.jsonl")) && new FileInfo(Path.Combine(_folder["out"], "metrics.jsonl")).Length > 0);
        // Not an interrupt from the keyboard: whoever runs tests in the background has those ignored.
        using (var kill = Process.Start("kill", ["-TERM", launcher.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Assert.True(launcher.WaitForExit(AMinute));
        Assert.Equal(128 + 15, launcher.ExitCode);
        Assert.Single(Directory.GetDirectories(Path.Combine(_folder["out"], "checkpoints")));
        Assert.Single(Lines(await error), line => line.Contains("cancelled", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--nproc is 0, expected 1 or more", "--nproc", "0", "train", "x.json")]
    [InlineData("command is 'generate', expected train with its arguments", "--nproc", "2", "generate", "a prompt")]
    [InlineData("command is missing", "--nproc", "2")]
    [InlineData("--nproc", "train", "x.json")]
    public async Task What_cannot_be_launched_is_refused(string message, params string[] args)
    {
        Assert.Equal(ExitCode.BadInput, await Shell.RunAsync(["launch", .. args], _captured.Terminal, CancellationToken.None));
        Assert.Contains(message, _captured.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train", "one", "pixart: RANK is 'one', expected a whole number from 0 to 1")]
    [InlineData("train", "0", "pixart: MASTER_ADDR is missing, expected the name or address of the machine of rank 0, as this is one of 2 processes")]
    [InlineData("extract", "one", "pixart: RANK is 'one', expected a whole number")]
    public void What_a_launcher_sets_wrongly_is_told(string command, string rank, string message)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(ExitCode).Assembly.Location, command, Recipe()])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["RANK"] = rank, ["WORLD_SIZE"] = "2", ["MASTER_ADDR"] = null },
        })!;
        var told = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(ExitCode.BadInput, process.ExitCode);
        Assert.Equal([message], Lines(told));
    }

    public void Dispose() => _folder.Dispose();

    (int Code, string Told) Run(string[] launch, string output, params string[] sets)
    {
        using var process = Start(launch, output, sets);
        var told = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, told);
    }

    Process Start(string[] launch, string output, params string[] sets)
    {
        IEnumerable<string> args =
        [
            typeof(ExitCode).Assembly.Location, .. launch, "train", Recipe(), "--set", $"output={_folder[output]}", .. sets.SelectMany(set => (string[])["--set", set]),
        ];
        var process = Process.Start(new ProcessStartInfo("dotnet", args)
        {
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["OMP_NUM_THREADS"] = "1" },
        })!;
        return process;
    }

    string Recipe()
    {
        var path = _folder["recipe.json"];
        if (File.Exists(path)) return path;
        Directory.CreateDirectory(_folder["data"]);
        for (var i = 0; i < 5; i++)
        {
            var image = Image.Filled(20, 16, new((byte)(40 * i), 90, (byte)(200 - (30 * i))));
            for (var p = 0; p < image.Pixels.Length; p += 7) image.Pixels[p] ^= 31;
            image.Save(Path.Combine(_folder["data"], $"{i}.png"));
            File.WriteAllText(Path.Combine(_folder["data"], $"{i}.txt"), "a square\n");
        }

        File.WriteAllText(path, $$"""
            {
              "kind": "autoencoder", "output": "{{_folder["out"]}}", "data": { "kind": "folder", "folder": "{{_folder["data"]}}", "size": 16 },
              "batchSize": 4, "accumulation": 3, "crop": 8, "steps": 20, "threads": 1,
              // Absolute differences have gradients that a rounding can turn round.
              "loss": { "absoluteWeight": 0, "gradientWeight": 0 },
              "model": {
                "block_out_channels": [8, 8], "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
                "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"], "latent_channels": 4, "norm_num_groups": 4, "sample_size": 16
              },
              "ema": { "decay": 0.9 }, "optimizer": { "learningRate": 1e-3, "epsilon": 1e-5 }, "schedule": { "kind": "cosine", "warmupSteps": 2 },
              "ranks": { "shardOptimizer": true, "bucketMegabytes": 0.01 },
              "checkpoint": { "everyMinutes": null, "everySteps": 1 },
              "report": { "everySteps": 1, "plotEveryMinutes": null, "samplesEveryMinutes": null }
            }
            """);
        return path;
    }

    // Steps of the newest checkpoint, 0 while there is none.
    long Newest(string output)
    {
        var folder = Path.Combine(_folder[output], "checkpoints");
        return !Directory.Exists(folder) ? 0 : Directory.GetDirectories(folder, "step-???????")
            .Select(found => long.Parse(Path.GetFileName(found)[5..], CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
    }

    static Process RankOf(Process launcher, int rank) => RanksOf(launcher).Single(process =>
        File.ReadAllText($"/proc/{process.Id}/environ").Split('\0').Contains($"RANK={rank}", StringComparer.Ordinal));

    static IEnumerable<Process> RanksOf(Process launcher) => Directory.GetDirectories("/proc")
        .Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _) && ParentOf(folder) == launcher.Id)
        .Select(folder => Process.GetProcessById(int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)));

    static int ParentOf(string folder)
    {
        try
        {
            var fields = File.ReadAllText(Path.Combine(folder, "stat"));
            return int.Parse(fields[(fields.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // SHA-256 of the weights, the average and the optimizer's state.
    SortedDictionary<string, string> Hashes(string output)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(_folder[output], "*.safetensors", SearchOption.AllDirectories).Where(file => !file.Contains("0000019", StringComparison.Ordinal)))
            hashes[Path.GetRelativePath(_folder[output], file)] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
        Assert.Equal(4, hashes.Count);
        return hashes;
    }

    void AssertClose(string expected, string actual)
    {
        var name = Path.Combine("checkpoints", "step-0000020", "parameters.safetensors");
        using var one = SafetensorsFile.Open(Path.Combine(_folder[expected], name));
        using var other = SafetensorsFile.Open(Path.Combine(_folder[actual], name));
        double difference = 0, norm = 0;
        foreach (var tensor in one.Tensors.Keys)
        {
            var (a, b) = (Floats(one, tensor), Floats(other, tensor));
            for (var i = 0; i < a.Length; i++)
            {
                difference += Math.Pow(a[i] - (double)b[i], 2);
                norm += Math.Pow(a[i], 2);
            }
        }

        Assert.InRange(Math.Sqrt(difference / norm), 0, 1e-6);
    }

    static float[] Floats(SafetensorsFile file, string name) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.Bytes(name)).ToArray();
}
