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

    // Whole timesteps are exact; fractional ones are single-precision results of a logarithm, good to its last bit. So are
    // the middles of the DPM2 samplers, even where they fall on a whole number.
    internal static void EqualTimesteps(double[] expected, IReadOnlyList<double> actual, bool hasMiddles = false)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            var lastBit = Math.Max(MathF.BitIncrement((float)expected[i]) - expected[i], 1e-5);
            var computed = !double.IsInteger(expected[i]) || (hasMiddles && i % 2 != 0);
            Assert.Equal(expected[i], actual[i], computed ? lastBit * (hasMiddles ? 2 : 1) : 0);
        }
    }
}
