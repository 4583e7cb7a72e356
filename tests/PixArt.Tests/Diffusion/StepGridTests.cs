using PixArt.Diffusion;
using PixArt.TestKit;

namespace PixArt.Tests.Diffusion;

public class StepGridTests
{
    [Theory]
    [GoldenCases("schedulers/dpmsolver_multistep", "schedulers/dpm_family", "schedulers/euler_heun_pndm",
        "schedulers/flow_match", "schedulers/lcm_sa")]
    public void Timesteps_and_noise_levels_are_those_of_the_reference(string name, string caseName)
    {
        using var golden = GoldenSet.Open().Load(name);
        var entry = golden.Case(caseName);
        var config = GoldenSchedules.Config(entry);
        var schedule = NoiseSchedule.From(config);
        if (config.RescaleBetasZeroSnr) schedule = schedule.WithFiniteTerminalSigma();
        var options = GoldenSchedules.Options(entry);
        var grid = config.ClassName switch
        {
            "EulerDiscreteScheduler" or "EulerAncestralDiscreteScheduler" or "LMSDiscreteScheduler" =>
                EulerGrid.Create(config, schedule, options),
            "FlowMatchEulerDiscreteScheduler" => FlowMatchGrid.Create(config, options),
            "DPMSolverMultistepScheduler" or "DPMSolverSinglestepScheduler" or "UniPCMultistepScheduler"
                or "DEISMultistepScheduler" or "SASolverScheduler" => LogSnrGrid.Create(config, schedule, options),
            _ => null,
        };
        Assert.SkipWhen(grid is null, "not a grid of its own");
        EqualTimesteps(entry.GetProperty("timesteps").Numbers(), grid.Timesteps);
        Close.Assert(golden.Doubles($"{caseName}/sigmas"), grid.Sigmas, 1e-6, $"{name} {caseName} sigmas");
    }

    // Whole timesteps are exact; fractional ones are single-precision results of a logarithm, good to its last bit.
    static void EqualTimesteps(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        foreach (var (e, a) in expected.Zip(actual))
            Assert.Equal(e, a, double.IsInteger(e) ? 0 : Math.BitIncrement(MathF.Abs((float)e)) - Math.Abs(e));
    }
}
