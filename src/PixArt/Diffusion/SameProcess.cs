namespace PixArt.Diffusion;

/// <summary>Compares the training processes that schedulers invert: on another one, the same timestep is another noise level.</summary>
static class SameProcess
{
    /// <summary>Refuses a scheduler of another process.</summary>
    /// <param name="found">The scheduler in question.</param>
    /// <param name="expected">The one it has to match.</param>
    /// <param name="why">Why it has to, behind what would be right.</param>
    /// <param name="source">Where the first was found, for the message; null: that is plain.</param>
    /// <exception cref="InvalidSettingException">A field differs; the message names it.</exception>
    public static void Require(SchedulerConfig found, SchedulerConfig expected, string why, string? source = null)
    {
        Same("num_train_timesteps", found.NumTrainTimesteps, expected.NumTrainTimesteps);
        Same("prediction_type", found.PredictionType, expected.PredictionType);
        Same("rescale_betas_zero_snr", found.RescaleBetasZeroSnr, expected.RescaleBetasZeroSnr);
        Same("trained_betas", Text(found), Text(expected));
        if (found.TrainedBetas is not null) return;
        Same("beta_schedule", found.BetaSchedule, expected.BetaSchedule);
        Same("beta_start", found.BetaStart, expected.BetaStart);
        Same("beta_end", found.BetaEnd, expected.BetaEnd);

        void Same<T>(string field, T value, T other)
            where T : notnull
        {
            if (!value.Equals(other))
            {
                throw new InvalidSettingException(
                    source is null ? field : $"{source}: {field}", value is Enum ? Written(found, field, value) : value, $"{Written(expected, field, other)}, {why}");
            }
        }

        // As the file writes it.
        static string Written<T>(SchedulerConfig config, string field, T value) => value is Enum or bool ? $"{config.ToJson()[field]}" : $"{value}";

        static string Text(SchedulerConfig config) => config.TrainedBetas is { } betas ? string.Join(' ', betas) : "none";
    }
}
