using PixArt.Training.Optimization;

namespace PixArt.Training.Checkpoints;

/// <summary>The few numbers of a run that are not tensors. Streams of random numbers and the position in the data follow
/// from the step.</summary>
sealed record TrainingState
{
    public long Step { get; set; }

    public long OptimizerSteps { get; set; }

    public long AverageSteps { get; set; }

    /// <summary>Time spent training, over all processes.</summary>
    public double ElapsedSeconds { get; set; }

    /// <summary>The part of the recipe that decides the numbers: a resumed run must have the same.</summary>
    public string Recipe { get; set; } = "";

    /// <summary>The scale of the loss under fp16, or null.</summary>
    public LossScale? LossScale { get; set; }

    /// <summary>Statistics of the loss since the last line of metrics.</summary>
    public LossState Loss { get; set; } = new();
}

/// <summary>What <see cref="LossStatistics"/> holds.</summary>
sealed record LossState
{
    public double? Smoothed { get; set; }

    public Dictionary<string, LossTerm> Terms { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>Sum and number of the values of one part of the loss.</summary>
sealed record LossTerm
{
    public double Sum { get; set; }

    public long Count { get; set; }
}
