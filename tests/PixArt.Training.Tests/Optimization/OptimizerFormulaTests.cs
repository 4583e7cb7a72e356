using PixArt.Torch;
using PixArt.Training.Optimization;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Optimization;

/// <summary>Every optimizer against its published formula, written again in doubles.</summary>
public sealed class OptimizerFormulaTests
{
    const int Steps = 6;

    public static TheoryData<string> Settings =>
    [
        """{"kind":"adamW"}""",
        """{"kind":"adam8Bit"}""",
        """{"kind":"lion"}""",
        """{"kind":"lion","lion":{"beta1":0.8,"beta2":0.95},"weightDecay":0.3}""",
        """{"kind":"came"}""",
        """{"kind":"came","came":{"beta3":0.9,"clipThreshold":0.5},"weightDecay":0}""",
        """{"kind":"adafactor"}""",
        """{"kind":"adafactor","adafactor":{"beta1":0.9,"scaleParameter":true,"decayRate":-0.5}}""",
        """{"kind":"adafactor","learningRate":1,"adafactor":{"relativeStep":true,"warmupInit":true}}""",
        """{"kind":"prodigy","learningRate":1}""",
        """{"kind":"prodigy","learningRate":0.5,"prodigy":{"firstRate":1e-3,"growthRate":1.5,"biasCorrection":true,"safeguardWarmup":true,"beta3":0.9,"coefficient":2}}""",
        """{"kind":"scheduleFree"}""",
        """{"kind":"scheduleFree","beta1":0.95,"scheduleFree":{"stepPower":2,"ratePower":1}}""",
    ];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Step_RandomGradients_FollowsThePublishedFormula(string json)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(11);
        var recipe = Recipe(json);
        // More than 4096 elements and no whole number of blocks; a vector beside it.
        TrainedTensor[] parameters = [new("matrix", Tensor.Randn([43, 101], generator)), new("vector", Tensor.Randn([37], generator))];
        PlainTensor[] plain = [new(parameters[0].Value.ToDoubles(), 43, 101), new(parameters[1].Value.ToDoubles(), 37, 0)];
        var step = PlainOptimizers.Create(recipe);
        using var optimizer = OptimizerFactory.Create(recipe, parameters);

        for (var t = 1; t <= Steps; t++)
        {
            foreach (var parameter in parameters) parameter.Value.Grad = (parameter.Value + Tensor.Randn(parameter.Value.Shape, generator)) * 0.1;
            var rate = recipe.LearningRate * (t < 3 ? t / 3.0 : 1);
            double[][] gradients = Array.ConvertAll(parameters, parameter => Array.ConvertAll(parameter.Value.Grad!.ToDoubles(), g => g * 0.5));
            optimizer.Step(rate, 0.5);
            step(plain, gradients, rate);
            for (var p = 0; p < plain.Length; p++)
                Close.Assert(plain[p].Values, parameters[p].Value.ToDoubles(), 2e-6, $"{json} {parameters[p].Name} after {t}");
        }
    }

    [Fact]
    public void UseAverage_OfScheduleFree_ShowsTheAverageAndGivesTheIteratesBackExactly()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(12);
        var parameter = new TrainedTensor("w", Tensor.Randn([50], generator));
        double[] z = parameter.Value.ToDoubles(), average = parameter.Value.ToDoubles();
        using var optimizer = new ScheduleFreeAdamW([parameter], new() { WeightDecay = 0 });
        for (var t = 1; t <= Steps; t++)
        {
            parameter.Value.Grad = Tensor.Randn([50], generator);
            optimizer.Step(0.01);
            var now = optimizer.State.Single(s => s.Name == "z.w").Value.ToDoubles();
            // Equal rates weigh all iterates alike.
            average = [.. average.Select((x, i) => x + ((now[i] - x) / t))];
        }

        var trained = parameter.Value.ToArray<float>();
        using (optimizer.UseAverage()) Close.Assert(average, parameter.Value.ToDoubles(), 1e-5, "average");
        Assert.Equal(trained, parameter.Value.ToArray<float>());
        Assert.NotEqual(z, average);
    }

    [Fact]
    public void Values_OfBothTables_AreThoseOfTheDynamicMap()
    {
        Assert.Equal(256, BlockQuantization.Signed.Values.Count);
        Assert.Equal(256, BlockQuantization.Unsigned.Values.Count);
        Close.Assert(PlainEightBit.Table(true), [.. BlockQuantization.Signed.Values.Select(v => (double)v)], 1e-6, "signed");
        Close.Assert(PlainEightBit.Table(false), [.. BlockQuantization.Unsigned.Values.Select(v => (double)v)], 1e-6, "unsigned");
    }

    [Fact]
    public void Write_AnyNumbers_AreReadBackWithinTheGapsOfTheTable()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(13);
        var values = Tensor.Randn([700], generator);
        values.Narrow(0, 256, 256).ZeroInPlace();
        var (codes, magnitudes) = BlockQuantization.Signed.Zeros(values);
        Assert.Equal(0, BlockQuantization.Signed.Read(codes, magnitudes).Abs().Max().Item<float>());
        BlockQuantization.Signed.Write(values, codes, magnitudes);
        var back = BlockQuantization.Signed.Read(codes, magnitudes).ToArray<float>();
        var given = values.ToArray<float>();
        var largest = magnitudes.ToArray<float>();
        Assert.Equal(3, largest.Length);
        for (var i = 0; i < given.Length; i++)
        {
            // The widest gap between the table's values, 0.9 / 64, at both sides of a value.
            Assert.InRange(Math.Abs(back[i] - given[i]), 0, largest[i / 256] * 0.0072);
            Assert.Equal(Math.Sign(given[i]), Math.Sign(back[i]));
        }
    }

    internal static OptimizerRecipe Recipe(string json) => ((GradientRecipe)RecipeReader.Parse(
        "{\"kind\":\"autoencoder\",\"output\":\"out\",\"data\":{\"folder\":\"emoji\"},\"from\":\"vae\",\"ema\":null,\"optimizer\":" + json + "}")).Optimizer;
}
