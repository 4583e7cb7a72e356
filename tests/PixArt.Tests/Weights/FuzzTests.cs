using PixArt.Fuzz;

namespace PixArt.Tests.Weights;

/// <summary>A short run of what <c>./pixart fuzz</c> runs for long.</summary>
public sealed class FuzzTests
{
    public static TheoryData<string> Names => [.. Readers.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Damaged_files_give_typed_errors_in_little_time_and_memory(string name)
    {
        var report = Run(name, 0, 400);
        Assert.True(report.Failures.Count == 0, report.ToText());
        Assert.Equal(400, report.Inputs);
        Assert.Equal(400, report.Read + report.Refused.Values.Sum());

        // Damage that is always refused, or never, tells nothing.
        Assert.True(report.Read > 4, report.ToText());
        Assert.True(report.Refused.Values.Sum() > 40, report.ToText());
    }

    [Fact]
    public void The_damage_reaches_every_layer_of_a_checkpoint()
    {
        var kinds = Run("pickle", 0, 400).Refused.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var kind in new[] { "InvalidArchive", "InvalidPickle", "ForbiddenPickle" }) Assert.Contains(kind, kinds);
    }

    [Fact]
    public void An_input_depends_on_its_number_alone()
    {
        var (all, head, tail) = (Run("safetensors", 40, 100), Run("safetensors", 40, 50), Run("safetensors", 90, 50));
        Assert.Equal(all.Read, head.Read + tail.Read);
        foreach (var (kind, number) in all.Refused)
            Assert.Equal(number, head.Refused.GetValueOrDefault(kind) + tail.Refused.GetValueOrDefault(kind));
    }

    [Theory]
    [InlineData("an error of another type", "System.InvalidOperationException: oops")]
    [InlineData("too much memory", "allocated ")]
    public void A_broken_promise_is_told(string what, string told)
    {
        var reader = new Reader("bad", [("seed", [1, 2, 3])], (_, _, _) => [], bytes =>
        {
            if (bytes.Length > 0) return;
            if (what.StartsWith("an", StringComparison.Ordinal)) throw new InvalidOperationException("oops");
            GC.KeepAlive(new byte[65 << 20]);
        });
        var report = new FuzzRun(reader, save: null, isAlone: false).Run(0, 100);
        Assert.Equal(10, report.Failures.Count);
        Assert.StartsWith(told, report.Failures[0].What, StringComparison.Ordinal);
    }

    static FuzzReport Run(string name, long first, long count) => new FuzzRun(Readers.Create(name, GoldenSet.Open().Folder), save: null, isAlone: false).Run(first, count);
}
