using System.Text.Json;
using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

/// <summary>The original repositories' own samplers.</summary>
public class OriginalGoldenTests
{
    const double Tolerance = 1e-4;

    [Theory]
    [GoldenCases("training/dpm_solver_original")]
    public void Dpm_solver_of_the_original_repositories(string name, string caseName)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(name);
        var entry = golden.Case(caseName);
        using var model = OriginalModel.Of(golden, entry);
        var config = Config(entry);
        var schedule = ContinuousSchedule.From(config);
        if (entry.GetProperty("method").GetString() is "adaptive")
        {
            var adaptive = Samplers.Create(config.As("dpm-solver-adaptive"), new SamplerOptions());
            Check(golden, $"{name} {caseName}", caseName, adaptive, model, RecordedNoise.None, _ => true, withStart: true);
            return;
        }

        var steps = entry.GetProperty("steps").GetInt32();
        var order = config.SolverOrder;
        double from = entry.Optional("t_start")?.GetDouble() ?? 1, to = entry.Optional("t_end")?.GetDouble() ?? schedule.First;
        var spacing = Spacing(entry);
        var method = entry.GetProperty("method").GetString();
        if (method is "multistep")
        {
            var clean = entry.Optional("denoise_to_zero")?.GetBoolean() ?? false;
            var sampler = new OriginalDpmSolver(config, schedule, spacing(schedule, from, to, steps), clean);
            Check(golden, $"{name} {caseName}", caseName, sampler, model, RecordedNoise.None, _ => true, withStart: true);
            return;
        }

        var isFixed = method is "singlestep_fixed";
        int[] orders = isFixed
            ? [.. Enumerable.Repeat(order, steps / order)]
            : OriginalDpmSinglestep.Orders(steps, order);
        var whole = spacing(schedule, from, to, steps);
        double[] outer = isFixed || entry.GetProperty("skip_type").GetString() is "logSNR"
            ? spacing(schedule, from, to, orders.Length)
            : [.. Enumerable.Range(0, orders.Length + 1).Select(k => whole[orders.Take(k).Sum()])];
        var single = OriginalDpmSinglestep.Create(config, schedule, outer, orders, spacing);
        Check(golden, $"{name} {caseName}", caseName, single, model, RecordedNoise.None, single.EndsBlock, withStart: false);
    }

    [Theory]
    [GoldenCases("training/sa_solver_original")]
    public void Sa_solver_of_the_original_repositories(string name, string caseName)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(name);
        var entry = golden.Case(caseName);
        using var model = OriginalModel.Of(golden, entry);
        var config = Config(entry);
        var schedule = ContinuousSchedule.From(config);
        var eta = entry.GetProperty("eta").GetDouble();
        var times = Spacing(entry)(schedule, 1, schedule.First, entry.GetProperty("steps").GetInt32());
        var mode = new SaSolverMode(
            entry.Optional("mode")?.GetString() is "more_steps", entry.Optional("pc_mode")?.GetString() is "PECE");
        var sampler = OriginalSaSolver.Create(config, schedule, times, t => t is >= 0.2 and <= 0.8 ? eta : 0, mode);
        var noise = RecordedNoise.Of(golden, $"{caseName}/noise");
        using var state = sampler.Begin();
        using var start = golden.Tensor("in/x");
        List<double> recorded = [.. start.Doubles()];
        var last = start.Doubles();
        using var end = SamplingLoop.Run(sampler, model, start, noise, new SamplingOptions
        {
            State = state,
            OnStep = moment =>
            {
                // What the reference records are corrected latents; the loop's are predicted for the next time.
                var corrected = mode.Reevaluates || mode.HasMoreSteps && moment.Index >= times.Length - 1
                    ? moment.Latents.Doubles() : state.Sample!.Doubles();
                var predicts = moment.Index == 0 || (mode.Reevaluates && moment.Index % 2 == 0);
                if (!predicts) recorded.AddRange(corrected);
                last = moment.Latents.Doubles();
                return null;
            },
        });
        if (!mode.HasMoreSteps) recorded.AddRange(last);
        Close.Assert(golden.Doubles($"{caseName}/out/model_t_input"), [.. model.Times], 1e-5, $"{name} {caseName} times");
        Close.Assert(golden.Doubles($"{caseName}/out/x"), end.Doubles(), Tolerance, $"{name} {caseName}");
        if (golden.Has($"{caseName}/out/intermediates"))
        {
            Close.Assert(
                golden.Doubles($"{caseName}/out/intermediates"), [.. recorded], Tolerance, $"{name} {caseName} intermediates");
        }

        Assert.Equal(golden.Shape($"{caseName}/noise")[0], noise.Drawn);
    }

    [Theory]
    [GoldenEntries("training/iddpm_samplers")]
    public void Iddpm_samplers_of_the_original_repositories(string name)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(name);
        int[] kept = [.. golden.Json.GetProperty("timestep_map").Integers().Select(t => (int)t)];
        Assert.Equal(kept, Respacing.Parse(1000, $"{kept.Length}"));
        var config = new SchedulerConfig();
        Trajectory("p_sample", new Iddpm(config, kept));
        Trajectory("p_sample_clip", new Iddpm(config with { ClipSample = true }, kept));
        Trajectory("ddim_eta0", new IddpmDdim(config, kept, 0));
        Trajectory("ddim_eta1", new IddpmDdim(config, kept, 1));
        Trajectory("ddim_reverse", new IddpmReverse(config, kept));

        void Trajectory(string run, ISampler sampler)
        {
            using var start = golden.Tensor("in/x");
            var noise = RecordedNoise.Of(golden, $"{run}/noise");
            var recorded = new List<double>();
            var steps = (int)golden.Shape($"{run}/trajectory")[0];
            using var end = SamplingLoop.Run(sampler, new FakeModel("mix2c"), start, noise, new SamplingOptions
            {
                Range = new StepRange(0, steps),
                OnStep = moment =>
                {
                    recorded.AddRange(moment.Latents.Doubles());
                    return null;
                },
            });
            Close.Assert(golden.Doubles($"{run}/trajectory"), [.. recorded], Tolerance, $"{name} {run}");
            if (golden.Has($"{run}/noise")) Assert.Equal(golden.Shape($"{run}/noise")[0], noise.Drawn);
        }
    }

    [Theory]
    [GoldenEntries("training/iddpm_tables")]
    public void Respaced_timesteps_of_the_original_repositories(string name)
    {
        using var golden = GoldenSet.Open().Load(name);
        foreach (var entry in golden.Json.GetProperty("space_timesteps").EnumerateArray())
        {
            var counts = entry.GetProperty("section_counts");
            var notation = counts.ValueKind == JsonValueKind.Array ? string.Join(',', counts.Integers()) : counts.GetString()!;
            var found = Respacing.Parse(entry.GetProperty("num_timesteps").GetInt32(), notation);
            Close.Equal(entry.GetProperty("result").Integers(), Array.ConvertAll(found, t => (long)t), $"{name} {notation}");
        }
    }

    [Theory]
    [GoldenEntries("training/lcm_scheduler_original")]
    public void Lcm_of_the_original_repositories(string name)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(name);
        foreach (var run in golden.CaseNames)
        {
            var timesteps = golden.Doubles($"{run}/timesteps");
            var sampler = Samplers.Create(
                new SchedulerConfig(), "lcm-original", new SamplerOptions { Steps = timesteps.Length });
            Assert.Equal(timesteps, sampler.Timesteps);
            var (shape, whole) = (golden.Shape($"{run}/denoised"), golden.Floats($"{run}/trajectory"));
            var size = (int)shape.Skip(1).Aggregate(1L, (a, b) => a * b);
            using var start = Tensor.FromArray(whole[..size], [.. shape.Skip(1)]);
            var noise = RecordedNoise.Of(golden, $"{run}/noise");
            List<double> trajectory = [.. start.Doubles()], denoised = [];
            using var end = SamplingLoop.Run(sampler, new FakeModel("mix"), start, noise, new SamplingOptions
            {
                OnStep = moment =>
                {
                    // The run returns its last prediction; the reference recorded the latents beside it.
                    if (moment.NextTimestep is not null) trajectory.AddRange(moment.Latents.Doubles());
                    denoised.AddRange(moment.PredictedOriginal.Doubles());
                    return null;
                },
            });
            Close.Assert(golden.Doubles($"{run}/trajectory")[..^size], [.. trajectory], Tolerance, $"{name} {run} trajectory");
            Close.Assert(golden.Doubles($"{run}/denoised"), [.. denoised], Tolerance, $"{name} {run} denoised");
            Assert.Equal(denoised[^size..], end.Doubles());
            if (golden.Has($"{run}/noise")) Assert.Equal(golden.Shape($"{run}/noise")[0], noise.Drawn);
        }
    }

    static void Check(
        Golden golden, string label, string caseName, ISampler sampler, OriginalModel model, INoiseSource noise,
        Func<int, bool> isRecorded, bool withStart)
    {
        using var start = golden.Tensor("in/x");
        var recorded = new List<double>();
        if (withStart) recorded.AddRange(start.Doubles());
        using var end = SamplingLoop.Run(sampler, model, start, noise, new SamplingOptions
        {
            OnStep = moment =>
            {
                if (isRecorded(moment.Index)) recorded.AddRange(moment.Latents.Doubles());
                return null;
            },
        });
        if (golden.Has($"{caseName}/out/model_t_input"))
            Close.Assert(golden.Doubles($"{caseName}/out/model_t_input"), [.. model.Times], 1e-5, $"{label} times");
        if (golden.Has($"{caseName}/out/intermediates"))
            Close.Assert(golden.Doubles($"{caseName}/out/intermediates"), [.. recorded], Tolerance, $"{label} intermediates");
        Close.Assert(golden.Doubles($"{caseName}/out/x"), end.Doubles(), Tolerance, label);
    }

    static SchedulerConfig Config(JsonElement entry) => new()
    {
        SolverOrder = entry.Optional("order")?.GetInt32() ?? 2,
        PredictorOrder = entry.Optional("predictor_order")?.GetInt32() ?? 2,
        CorrectorOrder = entry.Optional("corrector_order")?.GetInt32() ?? 2,
        AlgorithmType = entry.Optional("algorithm_type")?.GetString() ?? (entry.Optional("eta") is null ? "dpmsolver++" : "data_prediction"),
        SolverType = entry.Optional("solver_type")?.GetString() is "taylor" ? "heun" : "midpoint",
        LowerOrderFinal = entry.Optional("lower_order_final")?.GetBoolean() ?? true,
        Thresholding = entry.Optional("correcting_x0_fn") is not null,
        SampleMaxValue = 1e9,
        PredictionType = entry.Optional("model_type")?.GetString() switch
        {
            "v" => PredictionType.Velocity,
            "x_start" => PredictionType.Sample,
            _ => PredictionType.Epsilon,
        },
    };

    static Func<ContinuousSchedule, double, double, int, double[]> Spacing(JsonElement entry) =>
        (entry.Optional("skip_type")?.GetString() ?? "time_uniform") switch
        {
            "time_uniform" => TimeGrid.Uniform,
            "time_quadratic" => TimeGrid.Quadratic,
            "logSNR" => TimeGrid.LogSnr,
            "karras" => TimeGrid.Karras,
            var other => throw new NotSupportedException(other),
        };
}
