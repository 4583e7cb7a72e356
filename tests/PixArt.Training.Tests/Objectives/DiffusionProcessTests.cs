using System.Text.Json;
using PixArt.Diffusion;
using PixArt.TestKit;
using PixArt.Torch;
using PixArt.Training.Objectives;

namespace PixArt.Training.Tests.Objectives;

public sealed class DiffusionProcessTests
{
    [Theory]
    [GoldenCases("training/iddpm_tables")]
    public void Tables_GoldenCase_MatchOriginalCode(string entry, string name)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var process = Build(golden.Case(name));
        void Check(string table, IReadOnlyList<double> actual)
        {
            if (golden.Has($"{name}/{table}"))
                Close.Assert(golden.Doubles($"{name}/{table}"), [.. actual], 1e-9, $"{entry} {name} {table}");
        }

        var bar = process.AlphasCumprod;
        Check("betas64", process.Betas);
        Check("alphas_cumprod64", bar);
        Check("alphas_cumprod_prev64", [1, .. bar[..^1]]);
        Check("alphas_cumprod_next64", [.. bar[1..], 0]);
        Check("sqrt_alphas_cumprod64", [.. bar.Select(Math.Sqrt)]);
        Check("sqrt_one_minus_alphas_cumprod64", [.. bar.Select(a => Math.Sqrt(1 - a))]);
        Check("log_one_minus_alphas_cumprod64", [.. bar.Select(a => Math.Log(1 - a))]);
        Check("sqrt_recip_alphas_cumprod64", [.. bar.Select(a => Math.Sqrt(1 / a))]);
        Check("sqrt_recipm1_alphas_cumprod64", [.. bar.Select(a => Math.Sqrt((1 / a) - 1))]);
        Check("posterior_variance64", process.PosteriorVariance);
        Check("posterior_log_variance_clipped64", process.PosteriorLogVariance);
        Check("posterior_mean_coef164", process.PosteriorMeanX0);
        Check("posterior_mean_coef264", process.PosteriorMeanXt);
        Close.Equal(
            Array.ConvertAll(golden.Doubles($"{name}/timestep_map"), v => (long)v),
            [.. process.Timesteps.Select(t => (long)t)], $"{entry} {name} timestep map");
    }

    [Theory]
    [GoldenEntries("training/iddpm_tables")]
    public void Sections_GoldenCases_MatchOriginalCode(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        foreach (var given in golden.Json.GetProperty("space_timesteps").EnumerateArray())
        {
            var steps = given.GetProperty("num_timesteps").GetInt32();
            var counts = given.GetProperty("section_counts");
            var kept = Respacing.Parse(
                steps, counts.ValueKind == JsonValueKind.String ? counts.GetString()! : string.Join(',', counts.EnumerateArray().Select(c => c.GetInt32())));
            long[] expected = [.. given.GetProperty("result").EnumerateArray().Select(r => r.GetInt64())];
            Close.Equal(expected, [.. kept.Select(k => (long)k)], $"{entry} {counts} of {steps}");
        }
    }

    [Theory]
    [GoldenEntries("training/iddpm_tables")]
    public void Posterior_GoldenTensors_MatchOriginalCode(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var scope = TensorScope.Begin();
        var process = DiffusionProcess.Linear();
        var t = Array.ConvertAll(golden.Doubles("in/t"), v => (long)v);
        var (x0, xt) = (golden.Read("in/x_start"), golden.Read("in/x_t"));
        var ones = Tensor.Ones(x0.Shape);
        void Check(string name, Tensor actual) =>
            Close.Assert(golden.Doubles(name), actual.ToDoubles(), 1e-5, $"{entry} {name}");
        Tensor Table(Func<long, double> value) => DiffusionProcess.PerSample(t, value, Device.Cpu) * ones;

        Check("q_mean_variance/0", Table(i => Math.Sqrt(process.AlphasCumprod[i])) * x0);
        Check("q_mean_variance/1", Table(i => 1 - process.AlphasCumprod[i]));
        Check("q_posterior_mean_variance/0", process.PosteriorMean(x0, xt, t));
        Check("q_posterior_mean_variance/1", Table(i => process.PosteriorVariance[i]));
        Check("q_posterior_mean_variance/2", Table(i => process.PosteriorLogVariance[i]));
        var output = golden.Read("in/model_output_8ch");
        var (mean, logVariance) = new PixArtObjective(process).Reverse(new(x0, x0, xt, t), output);
        Check("p_mean_variance/mean", mean);
        Check("p_mean_variance/log_variance", logVariance);
        Check("p_mean_variance/variance", logVariance.Exp());
        var x0FromNoise = process.X0FromNoise(xt, output.Narrow(1, 0, 4), t);
        Check("p_mean_variance/pred_xstart", x0FromNoise);
        Check("p_mean_variance_clipped/mean", process.PosteriorMean(x0FromNoise.Clamp(-1, 1), xt, t));
    }

    [Theory]
    [GoldenEntries("training/iddpm_tables")]
    public void Gaussians_GoldenTensors_MatchOriginalCode(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var scope = TensorScope.Begin();
        var kl = Gaussians.Kl(
            golden.Read("kl/in/m1"), golden.Read("kl/in/l1"), golden.Read("kl/in/m2"), golden.Read("kl/in/l2"));
        Close.Assert(golden.Doubles("kl/out"), kl.ToDoubles(), 1e-5, $"{entry} kl");
        // "means 0.1, log_scales -2"
        var numbers = golden.Json.GetProperty("dgll").GetString()!.Split(',')
            .Select(part => double.Parse(part.Trim().Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        var x = golden.Read("dgll/in/x");
        var likelihood = Gaussians.DiscretizedLogLikelihood(
            x, Tensor.Full(x.Shape, numbers[0]),
            Tensor.Full(x.Shape, numbers[1]));
        Close.Assert(golden.Doubles("dgll/out"), likelihood.ToDoubles(), 1e-5, $"{entry} likelihood");
    }

    static DiffusionProcess Build(JsonElement entry)
    {
        var steps = entry.TryGetProperty("diffusion_steps", out var given) ? given.GetInt32() : 1000;
        var cosine = entry.TryGetProperty("noise_schedule", out var schedule) && schedule.GetString() == "squaredcos_cap_v2";
        var full = cosine ? DiffusionProcess.Cosine(steps) : DiffusionProcess.Linear(steps);
        var respacing = entry.GetProperty("timestep_respacing").GetString();
        return respacing is null ? full : full.Respaced(Respacing.Parse(steps, respacing));
    }

    [Fact]
    public void WithZeroTerminalSnr_EndsInPureNoiseAndAgreesWithTheSamplersSchedule()
    {
        var process = DiffusionProcess.Linear().WithZeroTerminalSnr();
        Assert.Equal(0, process.AlphasCumprod[^1]);
        Assert.Equal(DiffusionProcess.Linear().AlphasCumprod[0], process.AlphasCumprod[0], 1e-12);
        var sampled = new PixArt.Diffusion.NoiseSchedule(zeroTerminalSnr: true).AlphasCumprod.ToArray();
        Close.Assert([.. sampled.Select(a => (double)a)], process.AlphasCumprod, 1e-5, "products");
        Assert.All(Enumerable.Range(1, 999), t => Assert.True(process.AlphasCumprod[t] < process.AlphasCumprod[t - 1]));
    }
}
