using System.Globalization;

namespace PixArt.Diffusion;

/// <summary>The timesteps of consistency samplers: picked from the grid the student was distilled on.</summary>
static class DistillationGrid
{
    public static double[] Create(SchedulerConfig config, SamplerOptions options)
    {
        var total = config.NumTrainTimesteps;
        if (options.Timesteps is { } own)
        {
            var kept = Math.Min((int)(own.Count * options.Strength), own.Count);
            if (kept == 0) throw new InvalidSettingException("strength", options.Strength, string.Create(CultureInfo.InvariantCulture, $"at least {Math.Ceiling(1000.0 / own.Count) / 1000}, so that a step is left"));
            return Grid.Truncate([.. own.Skip(own.Count - kept)]);
        }

        var steps = options.Steps
            ?? throw new InvalidSettingException("sigmas", "given", $"steps or timesteps with {config.ClassName}");
        var origin = Origin(config, options, total);
        if (steps > origin.Length)
        {
            throw new InvalidSettingException(
                "steps", steps, $"at most {origin.Length}, the length of the distillation grid that is used");
        }

        return options.LcmGrid == LcmGrid.Strided
            ? [.. Enumerable.Range(0, steps).Select(i => origin[i * (origin.Length / steps)])]
            : Array.ConvertAll(Grid.LinspaceOpen(0, origin.Length, steps), i => origin[(int)Math.Floor(i)]);
    }

    // From the noisy end.
    static double[] Origin(SchedulerConfig config, SamplerOptions options, int total)
    {
        // TCD takes a length given for the run to mean every training timestep.
        if (config.ClassName is SchedulerClasses.Tcd && options.OriginalInferenceSteps is not null)
            return [.. Enumerable.Range(0, (int)(total * options.Strength)).Reverse().Select(t => (double)t)];
        var length = options.OriginalInferenceSteps ?? config.OriginalInferenceSteps;
        var stride = total / length;
        return [.. Enumerable.Range(1, (int)(length * options.Strength)).Reverse().Select(i => (double)((i * stride) - 1))];
    }
}
