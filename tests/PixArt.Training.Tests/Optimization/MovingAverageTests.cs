using PixArt.Torch;
using PixArt.Training.Optimization;

namespace PixArt.Training.Tests.Optimization;

public sealed class MovingAverageTests
{
    [Theory]
    [GoldenCases("training/ema")]
    public void At_GoldenCase_MatchesDiffusers(string entry, string name)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var given = golden.Case(name);
        double Number(string field, double otherwise) => given.TryGetProperty(field, out var value) ? value.GetDouble() : otherwise;
        var decay = new EmaDecay
        {
            Decay = Number("decay", 0.9999),
            MinDecay = Number("min_decay", 0),
            UpdateAfterStep = (long)Number("update_after_step", 0),
            Warmup = given.TryGetProperty("use_ema_warmup", out var warmup) && warmup.GetBoolean(),
            InverseGamma = Number("inv_gamma", 1),
            Power = Number("power", 2.0 / 3),
        };
        double[] actual = [.. golden.Doubles($"{name}/steps").Select(step => decay.At((long)step))];
        Close.Assert(golden.Doubles($"{name}/decay"), actual, 1e-6, $"{entry} {name}");
    }

    [Theory]
    [GoldenEntries("training/ema")]
    public void Update_GoldenRun_MatchesDiffusers(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var scope = TensorScope.Begin();
        var parameter = golden.Read("run/in/initial");
        using var average = new MovingAverage([new("w", parameter)], new EmaDecay { Decay = 0.9 });
        var values = golden.Read("run/in/values");
        var averages = new List<double>();
        for (var i = 0; i < values.Size(0); i++)
        {
            parameter.CopyInPlace(values.Select(0, i));
            average.Update();
            averages.AddRange(average.State.Single().Value.ToDoubles());
        }

        Close.Assert(golden.Doubles("run/out/averages"), [.. averages], 1e-6, $"{entry} run");
    }

    [Fact]
    public void Swap_Twice_GivesTheParametersBackExactly()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var parameter = Tensor.Randn([100], generator);
        using var average = new MovingAverage([new("w", parameter)], new EmaDecay { Decay = 0.5, Fixed = true });
        var first = parameter.ToArray<float>();
        parameter.CopyInPlace(Tensor.Randn([100], generator));
        var second = parameter.ToArray<float>();

        average.Swap();
        Assert.Equal(first, parameter.ToArray<float>());
        average.Swap();
        Assert.Equal(second, parameter.ToArray<float>());
    }

    [Fact]
    public void Swap_OfBFloat16Parameters_KeepsTheAverageInFullPrecision()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var parameter = Tensor.Randn([100], generator).To(ScalarType.BFloat16);
        using var average = new MovingAverage([new("w", parameter)], new EmaDecay { Decay = 0.5, Fixed = true });
        parameter.CopyInPlace(Tensor.Randn([100], generator));
        average.Update();
        var (trained, averaged) = (parameter.ToArray<float>(), average.State.Single().Value.ToArray<float>());

        average.Swap();
        Assert.Equal(average.State.Single().Value.To(ScalarType.BFloat16).ToArray<float>(), parameter.ToArray<float>());
        average.Swap();
        Assert.Equal(trained, parameter.ToArray<float>());
        Assert.Equal(averaged, average.State.Single().Value.ToArray<float>());
    }
}
