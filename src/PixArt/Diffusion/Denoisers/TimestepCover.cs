namespace PixArt.Diffusion;

/// <summary>Checks that intervals own every timestep exactly once.</summary>
static class TimestepCover
{
    /// <summary>Checks intervals that are sorted by their lower end.</summary>
    public static void Check(IReadOnlyList<(string Name, TimestepInterval Interval)> rising, int trainTimesteps)
    {
        if (rising.Count == 0) throw new InvalidSettingException("experts", "[]", "at least one");
        foreach (var (name, interval) in rising.Where(r => r.Interval.Count <= 0))
            throw new InvalidSettingException($"interval of expert '{name}'", interval, "one with a timestep in it");

        var covered = 0;
        foreach (var (name, interval) in rising)
        {
            if (interval.Low != covered)
            {
                var wrong = interval.Low > covered
                    ? $"{covered}: no expert owns timesteps {covered} to {interval.Low - 1}"
                    : $"{covered}: two experts own timesteps {interval.Low} to {Math.Min(covered, interval.High) - 1}";
                throw new InvalidSettingException($"interval of expert '{name}'", interval, $"to begin at {wrong}");
            }

            covered = interval.High;
        }

        if (covered != trainTimesteps)
        {
            throw new InvalidSettingException(
                $"interval of expert '{rising[^1].Name}'", rising[^1].Interval, $"to end at {trainTimesteps}, the training timesteps");
        }
    }
}
