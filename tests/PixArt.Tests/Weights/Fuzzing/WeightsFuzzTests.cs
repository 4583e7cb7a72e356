using System.Globalization;
using PixArt.Weights;
using PixArt.Weights.Fuzzing;

namespace PixArt.Tests.Weights.Fuzzing;

public class WeightsFuzzTests
{
    static string[] Seeds => [.. new[]
    {
        "original/train_checkpoint.pth", "original/pixart_alpha_256_bf16.pth", "original/pixart_alpha_256_legacy.pth",
        "original/train_checkpoint.safetensors", "training/ema.safetensors",
    }.Select(GoldenSet.Open().PathOf).Where(File.Exists)];

    // PIXART_FUZZ_COUNT asks for a longer run.
    static long Count => long.TryParse(Environment.GetEnvironmentVariable("PIXART_FUZZ_COUNT"), CultureInfo.InvariantCulture, out var count) ? count : 1500;

    [Fact]
    public void Damaged_files_give_typed_errors_and_take_little_memory()
    {
        if (Seeds.Length == 0) Assert.Skip("no seed files in this set");
        var report = WeightsFuzz.Run(Seeds, Count);
        Assert.True(report.Failures.Count == 0, string.Join('\n', report.Failures.Select(f => $"{f.Iteration} {f.Seed}: {f.What}")));
        Assert.Equal(Count, report.Runs);
        Assert.Equal(Count, report.Read + report.Refused.Values.Sum());
        TestContext.Current.TestOutputHelper?.WriteLine($"read {report.Read}, largest allocation {report.LargestAllocation}, refused {string.Join(", ", report.Refused)}");

        // The damage reaches every layer: container, pickle, names, header, spans.
        foreach (var kind in new[] { WeightsErrorKind.InvalidArchive, WeightsErrorKind.InvalidPickle, WeightsErrorKind.ForbiddenPickle,
                     WeightsErrorKind.InvalidHeaderDeserialization, WeightsErrorKind.MetadataIncompleteBuffer, WeightsErrorKind.InvalidHeaderLength })
            Assert.True(report.Refused.ContainsKey(kind), kind.ToString());
    }

    [Fact]
    public void An_input_depends_on_its_number_alone()
    {
        if (Seeds.Length == 0) Assert.Skip("no seed files in this set");
        var all = WeightsFuzz.Run(Seeds, 200, first: 40);
        var (head, tail) = (WeightsFuzz.Run(Seeds, 100, first: 40), WeightsFuzz.Run(Seeds, 100, first: 140));
        Assert.Equal(all.Read, head.Read + tail.Read);
        foreach (var (kind, number) in all.Refused)
            Assert.Equal(number, head.Refused.GetValueOrDefault(kind) + tail.Refused.GetValueOrDefault(kind));
    }
}
