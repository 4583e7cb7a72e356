namespace PixArt.Training.Recipes;

/// <summary>Which loss.</summary>
public enum ObjectiveKind
{
    /// <summary>PixArt's own: mean square of the noise plus the bound of the learned variance.</summary>
    PixArt,

    /// <summary>Mean square alone.</summary>
    MeanSquare,
}
