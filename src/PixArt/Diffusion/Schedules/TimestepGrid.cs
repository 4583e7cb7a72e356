namespace PixArt.Diffusion;

/// <summary>Timesteps of n steps over T training timesteps, falling.</summary>
static class TimestepGrid
{
    /// <summary>n timesteps down to the first one: DDPM, DDIM, PNDM, and unrounded Euler and its kin.</summary>
    public static double[] ToFirst(SchedulerConfig config, int steps, bool whole = true)
    {
        var last = config.NumTrainTimesteps;
        return config.TimestepSpacing switch
        {
            TimestepSpacing.Linspace when whole => Grid.Reversed(Grid.Round(Grid.Linspace(0, last - 1, steps))),
            TimestepSpacing.Linspace => Grid.Reversed(Grid.Single(Grid.Linspace(0, last - 1, steps))),
            TimestepSpacing.Leading => Multiples(last / steps, steps, from: 0, config.StepsOffset),
            _ => Trailing(last, last / (double)steps),
        };
    }

    /// <summary>n timesteps of a grid of n + 1 whose cleanest is left to the final noise level: the DPM-Solver family.</summary>
    /// <param name="config">Spacing, offset and T.</param>
    /// <param name="steps">n.</param>
    /// <param name="last">The number of timesteps that may be used, T or fewer.</param>
    public static double[] AboveFirst(SchedulerConfig config, int steps, int last) => config.TimestepSpacing switch
    {
        TimestepSpacing.Linspace => Grid.Reversed(Grid.Round(Grid.Linspace(0, last - 1, steps + 1)))[..^1],
        TimestepSpacing.Leading => Multiples(last / (steps + 1), steps, from: 1, config.StepsOffset),
        _ => Trailing(last, config.NumTrainTimesteps / (double)steps),
    };

    /// <summary>How many timesteps remain when those of a half log-SNR below the limit are left out.</summary>
    public static int Unclipped(NoiseSchedule schedule, double lambdaMin) =>
        schedule.Timesteps - schedule.HalfLogSnr().Count(lambda => lambda < (float)lambdaMin);

    static double[] Multiples(int stride, int count, int from, int offset) =>
        [.. Enumerable.Range(from, count).Reverse().Select(i => (double)(((long)i * stride) + offset))];

    static double[] Trailing(int last, double stride) =>
        Array.ConvertAll(Grid.CountDown(last, stride), t => Grid.Round(t) - 1);
}
