using PixArt.Torch;
using PixArt.Training.Optimization;

namespace PixArt.Training.Tests.Optimization;

public sealed class OptimizerConvergenceTests
{
    [Theory]
    [InlineData("""{"kind":"adamW","weightDecay":0}""", 0.05)]
    [InlineData("""{"kind":"adam8Bit","weightDecay":0}""", 0.05)]
    [InlineData("""{"kind":"muon","weightDecay":0}""", 0.3)]
    [InlineData("""{"kind":"lion","weightDecay":0}""", 0.03)]
    [InlineData("""{"kind":"came","weightDecay":0}""", 0.02)]
    [InlineData("""{"kind":"adafactor","weightDecay":0}""", 0.05)]
    [InlineData("""{"kind":"prodigy","learningRate":1,"weightDecay":0}""", 1)]
    [InlineData("""{"kind":"scheduleFree","weightDecay":0}""", 0.1)]
    public void Step_OnAQuadratic_ComesNearItsMinimum(string json, double rate)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(21);
        var goal = Tensor.Randn([64, 80], generator);
        var curvature = Tensor.Rand([64, 80], generator) + 0.1;
        var parameter = Tensor.Zeros([64, 80]);
        using var optimizer = OptimizerFactory.Create(OptimizerFormulaTests.Recipe(json), [new("blocks.0.weight", parameter)]);
        double Distance() => (parameter - goal).Square().Mean().Item<float>();
        var before = Distance();
        for (var step = 0; step < 300; step++)
        {
            parameter.Grad = (parameter - goal) * curvature;
            // The rate falls to 0, but where the optimizer averages.
            optimizer.Step(json.Contains("scheduleFree", StringComparison.Ordinal) ? rate : rate * (1 - (step / 300.0)));
        }

        using var averaged = optimizer.UseAverage();
        Assert.InRange(Distance(), 0, before * 0.01);
    }
}
