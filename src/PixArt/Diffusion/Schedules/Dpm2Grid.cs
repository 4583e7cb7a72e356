namespace PixArt.Diffusion;

/// <summary>The paired grid of the DPM2 samplers: between two noise levels stands their geometric middle.</summary>
static class Dpm2Grid
{
    /// <summary>√(from · to), interval by interval; 0 in the last one, which ends without noise.</summary>
    public static double[] Middles(double[] from, double[] to) =>
        [.. from.Zip(to, (a, b) => b == 0 ? 0 : (double)MathF.Exp((MathF.Log((float)a) + MathF.Log((float)b)) / 2))];

    /// <summary>t_0, middle, t_1, middle, … t_{n−1}.</summary>
    public static double[] Timesteps(NoiseSchedule schedule, double[] timesteps, double[] middles)
    {
        var logs = Array.ConvertAll(schedule.Sigmas(), MathF.Log);
        return
        [
            timesteps[0],
            .. timesteps.Skip(1).Zip(middles, (t, middle) => new[] { (float)SigmaGrid.ToTimestep(middle, logs), t })
                .SelectMany(pair => pair),
        ];
    }

    /// <summary>σ_0, then each further level twice, and the last once more: how the published samplers store it.</summary>
    public static double[] Interleaved(double[] levels) =>
        [levels[0], .. levels.Skip(1).SelectMany(s => new[] { s, s }), levels[^1]];
}
