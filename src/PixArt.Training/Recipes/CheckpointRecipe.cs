namespace PixArt.Training.Recipes;

/// <summary>When checkpoints are written; one always is at the end and when a run is stopped.</summary>
public sealed record CheckpointRecipe
{
    /// <summary>Minutes between checkpoints, above 0, or null.</summary>
    public double? EveryMinutes { get; set; } = 10;

    /// <summary>Steps between checkpoints, 1 or more, or null.</summary>
    public long? EverySteps { get; set; }

    /// <summary>How many of the newest are kept, 1 or more.</summary>
    public int Keep { get; set; } = 2;

    internal void Validate()
    {
        if (EveryMinutes is <= 0)
            throw new InvalidSettingException("checkpoint.everyMinutes", EveryMinutes, "a number above 0, or null");
        if (EverySteps is < 1) throw new InvalidSettingException("checkpoint.everySteps", EverySteps, "1 or more, or null");
        if (Keep < 1) throw new InvalidSettingException("checkpoint.keep", Keep, "1 or more");
    }
}
