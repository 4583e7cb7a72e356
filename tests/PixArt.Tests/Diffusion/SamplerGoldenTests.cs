using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

public class SamplerGoldenTests
{
    const double Tolerance = 1e-4;

    public static TheoryData<string, string> Runs()
    {
        var data = new TheoryData<string, string>();
        foreach (var entry in GoldenSet.Open().Under("schedulers/"))
        {
            using var golden = GoldenSet.Open().Load(entry.Name);
            if (!golden.Json.TryGetProperty("cases", out _)) continue;
            foreach (var name in golden.CaseNames) data.Add(entry.Name, name);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_run_is_the_reference_run_step_by_step(string name, string caseName)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(name);
        var entry = golden.Case(caseName);
        var label = $"{name} {caseName}";
        var sampler = (Sampler)Samplers.Create(GoldenSchedules.Config(entry), GoldenSchedules.Options(entry));
        var begin = entry.Optional("begin_index")?.GetInt32() ?? 0;
        TimestepLists.Equal(entry.GetProperty("timesteps").Numbers(), sampler.Timesteps,
            hasMiddles: sampler is Dpm2 or Dpm2Ancestral);
        Assert.Equal(entry.Optional("order")?.GetInt32() ?? 1, sampler.Order);
        var initial = entry.Optional("init_noise_sigma")?.GetDouble() ?? 1;
        Assert.Equal(initial, sampler.InitNoiseSigma, initial * 1e-6);
        if (golden.Has($"{caseName}/sigmas"))
            Close.Assert(golden.Doubles($"{caseName}/sigmas"), [.. sampler.Sigmas], 1e-6, $"{label} sigmas");

        var noise = RecordedNoise.Of(golden, $"{caseName}/noise");
        var (trajectory, originals) = Run(sampler, golden, caseName, entry.GetProperty("fake_model").GetString()!, begin, noise);
        Assert.Equal(entry.Optional("n_noise")?.GetInt32() ?? 0, noise.Drawn);
        Close.Assert(golden.Doubles($"{caseName}/trajectory"), trajectory, Tolerance, $"{label} trajectory");
        var field = entry.Optional("x0_field")?.GetString();
        if (field is not null)
            Close.Assert(golden.Doubles($"{caseName}/x0"), originals, Tolerance, $"{label} x0");
    }

    static (double[] Trajectory, double[] Originals) Run(
        ISampler sampler, Golden golden, string caseName, string model, int begin, INoiseSource noise)
    {
        var denoiser = new FakeModel(model);
        List<double> trajectory = [], originals = [];
        var whole = golden.Floats($"{caseName}/trajectory");
        var shape = golden.Shape($"{caseName}/initial");
        var size = (int)shape.Aggregate(1L, (a, b) => a * b);
        var latents = Tensor.FromArray(whole[..size], shape);
        try
        {
            trajectory.AddRange(latents.Doubles());
            using var state = sampler.Begin(begin);
            for (var i = begin; i < sampler.Timesteps.Count; i++)
            {
                using var input = sampler.ScaleInput(latents, i);
                using var output = denoiser.Predict(input, sampler.Timesteps[i]);
                var step = sampler.Step(state, output, i, latents, noise);
                latents.Dispose();
                latents = step.Previous;
                trajectory.AddRange(latents.Doubles());
                originals.AddRange(step.PredictedOriginal.Doubles());
                step.PredictedOriginal.Dispose();
            }
        }
        finally
        {
            latents.Dispose();
        }

        return ([.. trajectory], [.. originals]);
    }
}
