using System.Text.Json;
using PixArt.Diffusion;
using PixArt.TestKit;
using PixArt.Torch;
using PixArt.Training.Objectives;

namespace PixArt.Training.Tests.Objectives;

public sealed class IddpmLossTests
{
    const double Tolerance = 1e-5;

    [Theory]
    [GoldenCases("training/iddpm_losses")]
    public void PerSample_GoldenCase_MatchesOriginalCode(string entry, string name)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var scope = TensorScope.Begin();
        var objective = Build(golden.Case(name));
        var batch = Batch(golden, name, objective.Process);
        var width = objective.Variance == ReverseVariance.LearnedRange ? 8 : 4;
        var output = golden.Read("in/model_output_8ch").Narrow(1, 0, width).Clone();
        output.RequiresGrad = true;

        var loss = objective.PerSample(batch, output);
        loss.Mean().Backward();

        Check(golden, $"{name}/out/loss", loss);
        Check(golden, $"{name}/out/model_input_x", batch.Xt);
        if (golden.Has($"{name}/out/mse")) Check(golden, $"{name}/out/mse", objective.MeanSquare(batch, output));
        if (golden.Has($"{name}/out/vb")) CheckBound(golden, name, objective, batch, output);
        if (golden.Has($"{name}/grad/model_output")) Check(golden, $"{name}/grad/model_output", output.Grad!, 1e-4);
        Close.Equal(
            Longs(golden, $"{name}/out/model_input_t"),
            [.. batch.Indices.Select(i => (long)objective.Process.Timesteps[(int)i])], $"{entry} {name} model timesteps");
    }

    [Theory]
    [GoldenEntries("training/iddpm_losses")]
    public void Conversions_ReturnStartX_MatchOriginalCode(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var scope = TensorScope.Begin();
        var process = DiffusionProcess.Linear();
        var t = Longs(golden, "in/t");
        var noise = golden.Read("in/noise");
        var predicted = golden.Read("in/model_output_8ch").Narrow(1, 0, 4);
        foreach (var (name, xt) in new[]
        {
            ("return_startx", process.AddNoise(golden.Read("in/x_start"), noise, t)),
            ("return_startx_skip_noise", golden.Read("in/x_start")),
        })
        {
            Check(golden, $"{name}/out/x_t", xt);
            Check(golden, $"{name}/out/eps", predicted);
            Check(golden, $"{name}/out/pred_xstart", process.X0FromNoise(xt, predicted, t));
        }
    }

    [Fact]
    public void PerSample_NothingAtTimestepZero_GivesTheSameAsWithIt()
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load("training/iddpm_losses");
        using var scope = TensorScope.Begin();
        var objective = new PixArtObjective(DiffusionProcess.Linear());
        var (with, without) = (Single(golden, objective, [0, 500]), Single(golden, objective, [500]));

        Assert.Equal(with[1], without[0], 1e-5f);
    }

    static float[] Single(Golden golden, PixArtObjective objective, long[] t)
    {
        var x0 = golden.Read("in/x_start").Narrow(0, 0, 1).Expand(t.Length, -1, -1, -1);
        var noise = golden.Read("in/noise").Narrow(0, 0, 1).Expand(t.Length, -1, -1, -1);
        var output = golden.Read("in/model_output_8ch").Narrow(0, 0, 1).Expand(t.Length, -1, -1, -1);
        return objective.PerSample(new(x0, noise, objective.Process.AddNoise(x0, noise, t), t), output).ToArray<float>();
    }

    static void CheckBound(Golden golden, string name, PixArtObjective objective, NoisyBatch batch, Tensor output)
    {
        var scale = objective.Bound == BoundKind.RescaledMeanSquare ? objective.Process.Steps / 1000.0 : 1;
        Check(golden, $"{name}/out/vb", objective.FrozenMeanBound(batch, output) * scale);
    }

    static NoisyBatch Batch(Golden golden, string name, DiffusionProcess process)
    {
        var t = Longs(golden, golden.Has($"{name}/in/t") ? $"{name}/in/t" : "in/t");
        var (x0, noise) = (golden.Read("in/x_start"), golden.Read("in/noise"));
        return new(x0, noise, process.AddNoise(x0, noise, t), t);
    }

    static PixArtObjective Build(JsonElement entry)
    {
        var given = entry.TryGetProperty("iddpm_arguments", out var arguments) ? arguments : entry;
        bool Flag(string name, bool otherwise = false) => given.TryGetProperty(name, out var value) ? value.GetBoolean() : otherwise;
        var full = given.TryGetProperty("noise_schedule", out var schedule) && schedule.GetString() == "squaredcos_cap_v2"
            ? DiffusionProcess.Cosine()
            : DiffusionProcess.Linear();
        var process = full.Respaced(Respacing.Parse(1000, given.GetProperty("timestep_respacing").GetString()!));
        var variance = !Flag("pred_sigma", true) ? ReverseVariance.None
            : Flag("learn_sigma", true) ? ReverseVariance.LearnedRange
            : Flag("sigma_small") ? ReverseVariance.FixedSmall : ReverseVariance.FixedLarge;
        return new(process)
        {
            Variance = variance,
            Target = Flag("predict_xstart") ? PredictionTarget.Sample : PredictionTarget.Epsilon,
            SwitchTarget = Flag("snr"),
            Bound = Flag("use_kl") ? BoundKind.RescaledBound
                : Flag("rescale_learned_sigmas") ? BoundKind.RescaledMeanSquare : BoundKind.MeanSquare,
        };
    }

    static long[] Longs(Golden golden, string name) => Array.ConvertAll(golden.Doubles(name), v => (long)v);

    static void Check(Golden golden, string name, Tensor actual, double tolerance = Tolerance) =>
        Close.Assert(golden.Doubles(name), actual.ToDoubles(), tolerance, $"{golden.Name} {name}");
}
