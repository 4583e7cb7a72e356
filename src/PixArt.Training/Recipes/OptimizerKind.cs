namespace PixArt.Training.Recipes;

/// <summary>Which optimizer.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW for all parameters.</summary>
    AdamW,

    /// <summary>Muon for the inner matrices, AdamW for the rest.</summary>
    Muon,
}
