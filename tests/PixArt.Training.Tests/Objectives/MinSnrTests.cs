using System.Globalization;
using PixArt.TestKit;
using PixArt.Torch;
using PixArt.Training.Objectives;

namespace PixArt.Training.Tests.Objectives;

public sealed class MinSnrTests
{
    [Theory]
    [GoldenEntries("training/min_snr")]
    public void Weight_GoldenTensors_MatchDiffusers(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var t = Array.ConvertAll(golden.Doubles("in/t"), v => (long)v);
        foreach (var name in golden.TensorNames.Where(n => n.Contains('/') && !n.StartsWith("in/", StringComparison.Ordinal) && !n.StartsWith("loss/", StringComparison.Ordinal)))
        {
            var parts = name.Split('/');
            var process = parts[0] switch
            {
                "linear" => DiffusionProcess.Linear(),
                "scaled_linear" => DiffusionProcess.ScaledLinear(),
                _ => DiffusionProcess.Cosine(),
            };
            var actual = t.Select(i => Value(parts[1], process.SignalToNoise(i))).ToArray();
            // The reference computes in fp32, where 1 - abar loses digits near t = 0.
            Close.Assert(golden.Doubles(name), actual, parts[1] == "snr" ? 1e-3 : 1e-4, $"{entry} {name}");
        }
    }

    [Theory]
    [GoldenEntries("training/min_snr")]
    public void PerSample_GoldenLoss_MatchesDiffusers(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var scope = TensorScope.Begin();
        var t = Array.ConvertAll(golden.Doubles("in/t"), v => (long)v);
        var noise = golden.Read("loss/in/target");
        var objective = new MeanSquareObjective(DiffusionProcess.Linear(), PredictionTarget.Epsilon, 5);
        var loss = objective.PerSample(new(noise, noise, noise, t), golden.Read("loss/in/prediction")).Mean();
        Close.Assert(golden.Doubles("loss/out"), loss.ToDoubles(), 1e-5, $"{entry} loss");
    }

    [Fact]
    public void PerSample_Velocity_IsZeroForTheTrueVelocity()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var process = DiffusionProcess.Linear();
        var (x0, noise) = (Tensor.Randn([2, 4, 2, 2], generator), Tensor.Randn([2, 4, 2, 2], generator));
        long[] t = [3, 997];
        var batch = new NoisyBatch(x0, noise, process.AddNoise(x0, noise, t), t);
        var loss = new MeanSquareObjective(process, PredictionTarget.Velocity).PerSample(batch, process.Velocity(x0, noise, t));
        Assert.Equal([0f, 0f], loss.ToArray<float>());
    }

    [Theory]
    [InlineData(20, 5, PredictionTarget.Epsilon, 0.25)]
    [InlineData(20, 5, PredictionTarget.Velocity, 5.0 / 21)]
    [InlineData(20, 5, PredictionTarget.Sample, 5)]
    [InlineData(0.5, 5, PredictionTarget.Epsilon, 1)]
    [InlineData(0.5, 5, PredictionTarget.Velocity, 1.0 / 3)]
    public void Weight_StandardForm_LimitsTheWeightOfTheCleanSample(double snr, double gamma, PredictionTarget target, double expected) =>
        Assert.Equal(expected, MinSnr.Weight(snr, gamma, target), 1e-9);

    [Theory]
    [InlineData(0.01)]
    [InlineData(1)]
    [InlineData(30)]
    public void Weight_SoftForm_IsThatOfKDiffusionForThePreconditionedNetwork(double snr)
    {
        const double Gamma = 5;
        var (sigma2, data2) = (1 / snr, 1 / Gamma);
        // Its network's output is what x_0 deviates by, over c_out.
        var ofOutput = sigma2 * data2 / Math.Pow(sigma2 + data2, 2);
        var out2 = sigma2 * data2 / (sigma2 + data2);
        var x0 = ofOutput / out2;
        Assert.Equal(x0, MinSnr.Weight(snr, Gamma, PredictionTarget.Sample, MinSnrForm.Soft), 1e-9);
        Assert.Equal(x0 / snr, MinSnr.Weight(snr, Gamma, PredictionTarget.Epsilon, MinSnrForm.Soft), 1e-9);
        Assert.Equal(x0 / (snr + 1), MinSnr.Weight(snr, Gamma, PredictionTarget.Velocity, MinSnrForm.Soft), 1e-9);
        Assert.InRange(x0, 0, MinSnr.Weight(snr, Gamma, PredictionTarget.Sample));
    }

    static double Value(string name, double snr)
    {
        if (name == "snr") return snr;
        var gamma = double.Parse(name[(name.IndexOf("gamma", StringComparison.Ordinal) + 5)..], CultureInfo.InvariantCulture);
        return MinSnr.Weight(snr, gamma, name.Contains("_v_") ? PredictionTarget.Velocity : PredictionTarget.Epsilon, MinSnrForm.Shifted);
    }
}
