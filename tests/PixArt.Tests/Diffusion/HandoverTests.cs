using PixArt.Diffusion;

namespace PixArt.Tests.Diffusion;

public class HandoverTests
{
    public static TheoryData<string, string> Spacings() => new()
    {
        { "dpm++", "linspace" }, { "dpm++", "leading" }, { "dpm++", "trailing" },
        { "ddim", "linspace" }, { "ddim", "leading" }, { "ddim", "trailing" },
        { "euler", "linspace" }, { "euler", "leading" }, { "euler", "trailing" },
        { "unipc", "linspace" }, { "lcm", "leading" },
    };

    [Theory]
    [MemberData(nameof(Spacings))]
    public void The_two_parts_are_the_whole_list_at_every_count_and_border(string name, string spacing)
    {
        for (var steps = 1; steps <= 50; steps++)
        {
            var sampler = SamplerCatalogue.Create(name, $$"""{"timestep_spacing":"{{spacing}}"}""", steps);
            for (var cutoff = 1; cutoff < 1000; cutoff++)
            {
                StepRange before = Handover.Before(sampler, cutoff), after = Handover.After(sampler, cutoff);
                Assert.Equal((0, after.Start, sampler.Timesteps.Count), (before.Start, before.End, after.End));
            }
        }
    }

    [Theory]
    [InlineData(14, 9, 428, 356, 9, 428, 357, 8, 427, 356)]
    [InlineData(20, 12, 449, 399, 13, 400, 350, 12, 401, 351)]
    [InlineData(25, 15, 439, 399, 16, 400, 360, 15, 401, 361)]
    [InlineData(28, 17, 428, 392, 17, 428, 392, 16, 421, 386)]
    [InlineData(30, 18, 432, 399, 19, 400, 366, 17, 430, 397)]
    [InlineData(40, 24, 424, 399, 25, 400, 375, 24, 401, 376)]
    [InlineData(50, 30, 419, 399, 31, 400, 380, 30, 401, 381)]
    public void A_split_at_six_tenths_divides_published_schedules_as_published(
        int steps, int trailing, int trailingLast, int trailingFirst, int linspace, int linspaceLast, int linspaceFirst,
        int leading, int leadingLast, int leadingFirst)
    {
        Check("dpm++", """{"timestep_spacing":"trailing"}""", trailing, trailingLast, trailingFirst);
        Check("dpm++", """{"timestep_spacing":"linspace"}""", linspace, linspaceLast, linspaceFirst);
        Check("ddim", """{"timestep_spacing":"leading","steps_offset":1}""", leading, leadingLast, leadingFirst);

        void Check(string name, string spacing, int before, int last, int first)
        {
            var sampler = SamplerCatalogue.Create(name, spacing, steps);
            var range = Handover.Before(sampler, Handover.Cutoff(0.6));
            Assert.Equal((before, last, first), (range.Count, sampler.Timesteps[range.End - 1], sampler.Timesteps[range.End]));
        }
    }

    [Theory]
    [GoldenCases("pipelines/two_stage")]
    public void Parts_are_those_of_the_reference(string name, string caseName)
    {
        using var golden = GoldenSet.Open().Load(name);
        var entry = golden.Case(caseName);
        var config = GoldenSchedules.Config(entry, "scheduler_config");
        var sampler = Samplers.Create(config, new SamplerOptions { Steps = entry.GetProperty("steps").GetInt32() });
        var split = entry.GetProperty("split").GetDouble();
        Assert.Equal(entry.GetProperty("cutoff").GetInt32(), Handover.Cutoff(split));
        TimestepLists.Equal(entry.GetProperty("all_timesteps").Numbers(), sampler.Timesteps);
        Equal("stage1_timesteps", Handover.Between(sampler, null, split));
        var second = Handover.Between(sampler, split, null);
        Equal("stage2_timesteps", second);
        if (entry.Optional("stage2_begin_index")?.GetInt32() is { } begin) Assert.Equal(begin, second.Start);

        void Equal(string field, StepRange range) => TimestepLists.Equal(
            entry.GetProperty(field).Numbers(), [.. sampler.Timesteps.Skip(range.Start).Take(range.Count)]);
    }

    [Fact]
    public void Every_thousandth_cuts_where_training_cuts()
    {
        // Training of the cleaner part with strength s owns the first int(T s) timesteps.
        for (var k = 1; k < 1000; k++)
        {
            var strength = k / 1000.0;
            Assert.Equal((int)(1000 * strength), Handover.Cutoff(1 - strength));
            Assert.Equal(k, Handover.Cutoff(1 - strength));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.2)]
    [InlineData(400)]
    [InlineData(double.NaN)]
    public void A_split_outside_is_refused(double split)
    {
        var sampler = SamplerCatalogue.Create("dpm++", "{}", 10);
        Assert.Throws<InvalidSettingException>(() => Handover.Cutoff(split));
        Assert.Contains("denoising_start", Assert.Throws<InvalidSettingException>(
            () => Handover.Between(sampler, split, null)).Message, StringComparison.Ordinal);
        Assert.Contains("denoising_end", Assert.Throws<InvalidSettingException>(
            () => Handover.Between(sampler, null, split)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_may_have_both_ends_but_not_crossed()
    {
        var sampler = SamplerCatalogue.Create("dpm++", "{}", 10);
        Assert.Equal(new StepRange(4, 8), Handover.Between(sampler, 0.4, 0.7));
        Assert.Equal(new StepRange(0, 10), Handover.Between(sampler, null, null));
        Assert.Throws<InvalidSettingException>(() => Handover.Between(sampler, 0.7, 0.4));
        Assert.Throws<InvalidSettingException>(() => Handover.Between(sampler, 0.5, 0.5));
    }

    [Theory]
    [InlineData("dpm++", 20, 1, 0)]
    [InlineData("dpm++", 20, 0.6, 8)]
    [InlineData("dpm++", 20, 0.33, 14)]
    [InlineData("heun", 10, 0.5, 10)]
    public void Strength_takes_the_last_share_of_the_steps(string name, int steps, double strength, int start)
    {
        var sampler = SamplerCatalogue.Create(name, "{}", steps);
        Assert.Equal(new StepRange(start, sampler.Timesteps.Count), StepRange.ForStrength(sampler, strength));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.04)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_strength_that_leaves_no_step_is_refused(double strength)
    {
        var sampler = SamplerCatalogue.Create("dpm++", "{}", 20);
        Assert.Throws<InvalidSettingException>(() => StepRange.ForStrength(sampler, strength));
    }
}
