using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PixArt.Benchmarks;
using PixArt.Benchmarks.Cases;
using PixArt.Benchmarks.FullSize;
using PixArt.Benchmarks.Training;
using PixArt.Torch;

// `./pixart bench [name…]` measures the named cases (all by default), each in a process of its own so that peak memory is the case's.
// `--device cuda` and `--dtype bfloat16` say where and in what they compute; `--json FILE` also writes the figures;
// `--case NAME` runs one case in this process and prints its JSON line.
// `./pixart bench full-size` and `./pixart bench train` are measurements of their own (FullSizeCommand, TrainCommand).
if (args is ["full-size", .. var rest]) return await FullSizeCommand.RunAsync(rest).ConfigureAwait(false);
if (args is ["train", .. var training]) return TrainCommand.Run(training);

IBenchmark[] all =
[
    new BindingOverhead(),
    new TransformerForward(32),
    new TransformerForward(64),
    new TransformerForward(128),
    new TransformerTrainingStep(32),
    new AutoencoderDecode(512),
    new TextEncoderLinear("fp32"),
    new TextEncoderLinear("bf16"),
    new TextEncoderLinear("int8"),
    new TextEncoderLinear("bf16-whole"),
    new TextEncoderLinear("bf16-native"),
    new DataLoading(512),
    new DataLoading(2048),
];

if (args is ["--help" or "-h", ..])
{
    Console.WriteLine($"""
        ./pixart bench [NAME...] [--device cpu|cuda] [--dtype float32|bfloat16|float16] [--json FILE]
        ./pixart bench full-size [--folder DIR] [--memory GB] [--little]
        ./pixart bench train [--rounds N] [--steps N] [--little]

        Names, or their beginnings; all without any: {string.Join(", ", all.Select(c => c.Name))}
        """);
    return 0;
}

string? json = null, single = null;
List<string> names = [];
for (int k = 0; k < args.Length; k++)
{
    if (args[k] == "--json" && k + 1 < args.Length) json = args[++k];
    else if (args[k] == "--case" && k + 1 < args.Length) single = args[++k];
    else if (args[k] == "--device" && k + 1 < args.Length) Target.Device = Device.Parse(args[++k]);
    else if (args[k] == "--dtype" && k + 1 < args.Length) Target.DType = Enum.Parse<ScalarType>(args[++k], ignoreCase: true);
    else names.Add(args[k]);
}

if (single is not null)
{
    BenchmarkResult result = Array.Find(all, c => c.Name == single)!.Run();
    Console.WriteLine(JsonSerializer.Serialize(result));
    return 0;
}

foreach (string name in names)
{
    if (Array.Exists(all, c => c.Name.StartsWith(name, StringComparison.Ordinal))) continue;
    Console.Error.WriteLine($"bench: there is no benchmark '{name}'; known: {string.Join(", ", all.Select(c => c.Name))}");
    return 2;
}

Console.WriteLine($"{Environment.ProcessorCount} cores, libtorch {LibTorch.Version}, {LibTorch.NumThreads} threads, {Target.Device}, {Target.DType}");
Console.WriteLine($"{"case",-28}{"seconds",10}{"GFLOP/s",10}{"GEMM rate",11}{"share",8}{"peak GiB",10}");
List<BenchmarkResult> results = [];
foreach (IBenchmark benchmark in all)
{
    if (names.Count > 0 && !names.Exists(n => benchmark.Name.StartsWith(n, StringComparison.Ordinal))) continue;
    BenchmarkResult result = InChildProcess(benchmark.Name);
    results.Add(result);
    Console.WriteLine(result.Format());
}

if (json is not null) File.WriteAllText(json, JsonSerializer.Serialize(results));
return 0;

static BenchmarkResult InChildProcess(string name)
{
    var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
    foreach (string argument in (string[])["--device", $"{Target.Device}", "--dtype", $"{Target.DType}", "--case", name]) start.ArgumentList.Add(argument);
    using Process child = Process.Start(start)!;
    string line = child.StandardOutput.ReadToEnd();
    child.WaitForExit();
    if (child.ExitCode != 0) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{name} ended with {child.ExitCode}"));
    return JsonSerializer.Deserialize<BenchmarkResult>(line)!;
}
