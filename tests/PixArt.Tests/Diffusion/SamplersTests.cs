using PixArt.Diffusion;

namespace PixArt.Tests.Diffusion;

public class SamplersTests
{
    [Theory]
    [InlineData("dpm++", typeof(DpmSolverMultistep))]
    [InlineData("dpmsolver", typeof(DpmSolverMultistep))]
    [InlineData("DPMSolverMultistepScheduler", typeof(DpmSolverMultistep))]
    [InlineData("DDIM", typeof(Ddim))]
    [InlineData("DDIMScheduler", typeof(Ddim))]
    [InlineData("ddpm", typeof(Ddpm))]
    [InlineData("euler", typeof(Euler))]
    [InlineData("Euler A", typeof(EulerAncestral))]
    [InlineData("euler_ancestral", typeof(EulerAncestral))]
    [InlineData("lcm", typeof(Lcm))]
    [InlineData("unipc", typeof(UniPc))]
    [InlineData("sa-solver", typeof(SaSolver))]
    public void A_sampler_is_found_by_short_or_class_name(string name, Type type) =>
        Assert.IsType(type, Samplers.Create(new SchedulerConfig(), name, new SamplerOptions { Steps = 10 }));

    [Fact]
    public void Every_listed_name_makes_a_sampler()
    {
        Assert.Equal(Samplers.Names.Count, Samplers.Names.Distinct(StringComparer.Ordinal).Count());
        foreach (var name in Samplers.Names)
            Assert.NotEmpty(Samplers.Create(new SchedulerConfig(), name, new SamplerOptions { Steps = name is "dmd" ? 1 : Samplers.ChoosesSteps(name) ? null : 10 }).Timesteps);
    }

    [Theory]
    [InlineData("dmp++", "dpm++")]
    [InlineData("eulr", "euler")]
    [InlineData("LCMSchedule", "LCMScheduler")]
    [InlineData("", null)]
    [InlineData("nothing like it", null)]
    public void An_unknown_name_is_answered_with_the_known_ones_and_the_nearest(string name, string? nearest)
    {
        var failure = Assert.Throws<InvalidSettingException>(
            () => Samplers.Create(new SchedulerConfig(), name, new SamplerOptions { Steps = 10 }));
        Assert.Equal(
            $"scheduler is '{name}', expected one of {string.Join(", ", Samplers.Names)} (or a diffusers class name){(nearest is null ? "" : $"; did you mean '{nearest}'?")}", failure.Message);
    }

    [Fact]
    public void A_long_hostile_name_gives_a_short_message_at_once()
    {
        var failure = Assert.Throws<InvalidSettingException>(
            () => Samplers.Create(new SchedulerConfig(), new string('x', 1_000_000), new SamplerOptions { Steps = 10 }));
        Assert.True(failure.Message.Length < 600, failure.Message);
        Assert.DoesNotContain("did you mean", failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<SamplerOptions, string> Wrong() => new()
    {
        { new SamplerOptions { Steps = 0 }, "steps is 0, expected a whole number from 1 to 1000" },
        { new SamplerOptions { Steps = -3 }, "steps is -3, expected a whole number from 1 to 1000" },
        { new SamplerOptions { Steps = 1001 }, "steps is 1001, expected a whole number from 1 to 1000" },
        { new SamplerOptions(), "steps is missing, expected a number of steps, or timesteps or sigmas instead" },
        { new SamplerOptions { Steps = 3, Timesteps = [1] }, "steps is 3, expected one alone of steps, timesteps and sigmas" },
        { new SamplerOptions { Timesteps = [1], Sigmas = [1] }, "timesteps is 'given', expected one alone of steps, timesteps and sigmas" },
        { new SamplerOptions { Timesteps = [500, 500] }, "timesteps is 500, expected falling values: the one before is 500" },
        { new SamplerOptions { Timesteps = [1000] }, "timesteps is 1000, expected values in [0, 1000)" },
        { new SamplerOptions { Timesteps = [double.NaN] }, "timesteps is NaN, expected values in [0, 1000)" },
        { new SamplerOptions { Timesteps = [] }, "timesteps is '[]', expected at least one value" },
        { new SamplerOptions { Steps = 3, Eta = 1.5 }, "eta is 1.5, expected a number in [0, 1]" },
        { new SamplerOptions { Steps = 3, Strength = 0 }, "strength is 0, expected a number in (0, 1]" },
        { new SamplerOptions { Sigmas = [3, 1] }, "sigmas is 'given', expected timesteps or steps with DPMSolverMultistepScheduler" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Options_that_cannot_be_used_are_refused(SamplerOptions options, string message)
    {
        var failure = Assert.Throws<InvalidSettingException>(() => Samplers.Create(new SchedulerConfig(), options));
        Assert.Equal(message, failure.Message);
    }

    [Theory]
    [MemberData(nameof(SamplerCatalogue.All), MemberType = typeof(SamplerCatalogue))]
    public void Every_count_of_steps_gives_a_falling_list_inside_the_training_timesteps(string name, string overrides)
    {
        int[] counts = [1, 2, 3, 4, 5, 7, 14, 15, 20, 28, 30, 50];
        foreach (var steps in counts)
        {
            if (name is "pndm" && steps < 4) continue;
            var sampler = SamplerCatalogue.Create(name, overrides, steps);
            Assert.InRange(sampler.Timesteps.Count, steps, 2 * steps + 10);
            Assert.All(sampler.Timesteps, t => Assert.InRange(t, 0, 1000));
            if (name is not "pndm")
            {
                for (var i = 1; i < sampler.Timesteps.Count; i++)
                    Assert.True(sampler.Timesteps[i] <= sampler.Timesteps[i - 1] + 1e-3, $"{steps} steps, step {i}");
            }
        }
    }

    [Fact]
    public void Lcm_has_the_grids_of_both_publications()
    {
        Assert.Equal([999, 759, 499, 259], Lcm(4, LcmGrid.Even));
        Assert.Equal([999, 759, 519, 279], Lcm(4, LcmGrid.Strided));
        Assert.Equal([999, 499], Lcm(2, LcmGrid.Strided));
        Assert.Equal([999], Lcm(1, LcmGrid.Strided));
        Assert.Equal([999, 879, 759], Lcm(8, LcmGrid.Strided).Take(3));

        static IReadOnlyList<double> Lcm(int steps, LcmGrid grid) => Samplers.Create(
            new SchedulerConfig(), "lcm", new SamplerOptions { Steps = steps, LcmGrid = grid }).Timesteps;
    }
}
