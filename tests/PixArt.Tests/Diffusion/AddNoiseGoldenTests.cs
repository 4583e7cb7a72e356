using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

public class AddNoiseGoldenTests
{
    const double Tolerance = 1e-5;

    // Each of these looks its own full table up the wrong way round when no steps are set; the tests know it.
    static readonly string[] s_reversedBeforeSteps =
        ["DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler", "UniPCMultistepScheduler", "DEISMultistepScheduler"];

    public static TheoryData<string, string, string> Cases()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var entry in GoldenSet.Open().Under("schedulers/add_noise"))
        {
            using var golden = GoldenSet.Open().Load(entry.Name);
            foreach (var parts in golden.TensorNames.Select(t => t.Split('/')).Where(p => p.Length == 3))
                if (parts[2] is not "timesteps_of_10") data.Add(entry.Name, $"{parts[0]}/{parts[1]}", parts[2]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Noise_is_added_and_velocity_made_as_in_the_reference(string name, string caseName, string what)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(name);
        var parts = caseName.Split('/');
        var config = Config(parts[0], parts[1]);
        var expected = golden.Doubles($"{caseName}/{what}");
        using var sample = golden.Tensor("in/sample");
        using var noise = golden.Tensor("in/noise");
        var timesteps = Array.ConvertAll(golden.Doubles("in/timesteps"), t => (long)t);
        var sampler = Samplers.Create(config, new SamplerOptions { Steps = 10 });
        using var actual = what switch
        {
            "add_noise_train_timesteps" => Before(config, sample, noise, timesteps),
            "add_noise_10_steps" => Each(sampler, sample, noise, golden.Doubles($"{caseName}/timesteps_of_10")),
            "add_noise_begin_index_4" => sampler.AddNoise(sample, noise, 4),
            "get_velocity" => Velocity(config, sampler, sample, noise, golden.Doubles($"{caseName}/timesteps_of_10"), timesteps),
            _ => throw new NotSupportedException(what),
        };
        Close.Assert(expected, actual.Doubles(), Tolerance, $"{name} {caseName} {what}");
    }

    static SchedulerConfig Config(string className, string betas) => betas switch
    {
        "linear" => SchedulerConfig.DefaultsOf(className) with
        {
            BetaStart = 0.0001,
            BetaEnd = 0.02,
            BetaSchedule = BetaSchedule.Linear,
        },
        "scaled" => SchedulerConfig.DefaultsOf(className) with
        {
            BetaStart = 0.00085,
            BetaEnd = 0.012,
            BetaSchedule = BetaSchedule.ScaledLinear,
        },
        _ => throw new NotSupportedException(betas),
    };

    static Tensor Before(SchedulerConfig config, Tensor sample, Tensor noise, long[] timesteps)
    {
        var schedule = NoiseSchedule.From(config);
        if (s_reversedBeforeSteps.Contains(config.ClassName))
            return schedule.AddNoise(sample, noise, [.. timesteps.Select(t => schedule.Timesteps - 1 - t)]);
        if (Samplers.Create(config, new SamplerOptions { Steps = 10 }) is not SigmaSampler)
            return schedule.AddNoise(sample, noise, timesteps);
        var every = Samplers.Create(config, new SamplerOptions { Steps = 1000 });
        return Join(sample, noise, timesteps.Select(t => every.Timesteps.ToList().IndexOf(t)), every);
    }

    static Tensor Each(ISampler sampler, Tensor sample, Tensor noise, double[] timesteps) =>
        Join(sample, noise, timesteps.Select(t => Index(sampler, t)), sampler);

    // Where a timestep stands twice, the reference takes the second place.
    static int Index(ISampler sampler, double timestep)
    {
        var places = sampler.Timesteps.Select((t, i) => (t, i)).Where(p => p.t == timestep).Select(p => p.i).ToArray();
        return places.Length > 1 ? places[1] : places[0];
    }

    static Tensor Join(Tensor sample, Tensor noise, IEnumerable<int> indices, ISampler sampler)
    {
        using var scope = TensorScope.Begin();
        Tensor[] each =
        [
            .. indices.Select((index, b) => sampler.AddNoise(sample.Narrow(0, b, 1), noise.Narrow(0, b, 1), index)),
        ];
        return scope.Keep(Tensor.Cat(each, 0));
    }

    // Euler's looks ᾱ up by the step's number instead of its timestep.
    static Tensor Velocity(
        SchedulerConfig config, ISampler sampler, Tensor sample, Tensor noise, double[] own, long[] timesteps) =>
        NoiseSchedule.From(config).Velocity(
            sample, noise, sampler is Euler ? [.. own.Select(t => (long)Index(sampler, t))] : timesteps);
}
