namespace PixArt.Training.Objectives;

/// <summary>How mean square and variational bound make up the loss.</summary>
public enum BoundKind
{
    /// <summary>Mean square plus the bound of the learned variance with weight 1: PixArt's own training.</summary>
    MeanSquare,

    /// <summary>The bound enters with weight T/1000 instead, as IDDPM's rescaled training has it.</summary>
    RescaledMeanSquare,

    /// <summary>The variational bound alone, times T; the mean is trained through it.</summary>
    RescaledBound,
}
