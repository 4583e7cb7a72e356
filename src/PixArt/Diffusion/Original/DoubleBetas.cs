namespace PixArt.Diffusion;

/// <summary>β tables in double precision, as the original repositories keep them.</summary>
static class DoubleBetas
{
    public static double[] Of(SchedulerConfig config)
    {
        if (config.TrainedBetas is { } trained) return [.. trained];
        var count = config.NumTrainTimesteps;
        return config.BetaSchedule switch
        {
            BetaSchedule.Linear => Grid.Linspace(config.BetaStart, config.BetaEnd, count),
            BetaSchedule.ScaledLinear => Array.ConvertAll(
                Grid.Linspace(Math.Sqrt(config.BetaStart), Math.Sqrt(config.BetaEnd), count), root => root * root),
            _ => Array.ConvertAll(NoiseSchedule.From(config).Betas.ToArray(), b => (double)b),
        };
    }
}
