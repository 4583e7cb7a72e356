namespace PixArt.Diffusion;

/// <summary>The evaluations of PNDM, and how many of them are Runge–Kutta warm-up.</summary>
static class PndmGrid
{
    const int WarmSteps = 4;

    public static (double[] Timesteps, int WarmUp) Create(SchedulerConfig config, SamplerOptions options)
    {
        var steps = options.Steps
            ?? throw new InvalidSettingException("timesteps", "given", $"a number of steps with {config.ClassName}");
        var falling = TimestepGrid.ToFirst(config, steps);
        if (config.SkipPrkSteps)
        {
            if (steps < 2) throw new InvalidSettingException("steps", steps, $"2 or more with {config.ClassName}");
            return ([falling[0], falling[1], .. falling[1..]], 0);
        }

        if (steps < WarmSteps)
            throw new InvalidSettingException("steps", steps, $"{WarmSteps} or more with {config.ClassName} and its warm-up");
        // Half steps lie between the first timesteps; every one is visited twice but the ends.
        var half = config.NumTrainTimesteps / steps / 2;
        double[] halves = [.. falling[..WarmSteps].Reverse().SelectMany(t => new[] { t, t + half })];
        double[] warmUp = [.. halves[..^1].SelectMany(t => new[] { t, t }).Skip(1).SkipLast(1).Reverse()];
        return ([.. warmUp, .. falling[(WarmSteps - 1)..]], warmUp.Length);
    }
}
