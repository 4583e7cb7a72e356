namespace PixArt.Training.Recipes;

/// <summary>The timesteps of an expert as SimpleTuner names them: a strength counted from the clean end, or what it leaves.</summary>
static class RefinerInterval
{
    const int Timesteps = 1000;

    /// <summary>[0, T s) of the 1000 timesteps, or [T s, T) where the schedule is inverted; T s is cut to a whole number.</summary>
    public static IntervalRecipe Of(double strength, bool inverted)
    {
        var border = (int)(Timesteps * strength);
        return inverted ? new(border, Timesteps) : new(0, border);
    }

    /// <summary>Refuses what contradicts itself or would do nothing.</summary>
    /// <exception cref="InvalidSettingException">Names the field.</exception>
    public static void Validate(TransformerRecipe recipe)
    {
        if (!recipe.RefinerTraining)
        {
            if (recipe.RefinerTrainingStrength is { } idle)
                throw new InvalidSettingException("refinerTrainingStrength", idle, "null, or 'refinerTraining' true: without it all timesteps are trained");
            if (recipe.RefinerTrainingInvertSchedule)
                throw new InvalidSettingException("refinerTrainingInvertSchedule", true, "false, or 'refinerTraining' true: without it all timesteps are trained");
            return;
        }

        if (recipe.RefinerTrainingStrength is not { } strength || !((int)(Timesteps * strength) is > 0 and < Timesteps))
        {
            throw new InvalidSettingException(
                "refinerTrainingStrength", recipe.RefinerTrainingStrength, "above 0 and below 1, as 'refinerTraining' is true: 0.2 is SimpleTuner's own default, 0.4 that of the pair of 900M experts");
        }

        var named = Of(strength, recipe.RefinerTrainingInvertSchedule);
        if (recipe.Interval != new IntervalRecipe(0, Timesteps) && recipe.Interval != named)
            throw new InvalidSettingException("interval", recipe.Interval.Timesteps, $"left out, or {named.Timesteps} as 'refinerTrainingStrength' and 'refinerTrainingInvertSchedule' say");
    }
}
