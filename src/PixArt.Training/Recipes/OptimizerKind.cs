namespace PixArt.Training.Recipes;

/// <summary>Which optimizer.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW for all parameters.</summary>
    AdamW,

    /// <summary>Muon for the inner matrices, AdamW for the rest.</summary>
    Muon,

    /// <summary>AdamW whose moments are stored in 8 bits.</summary>
    Adam8Bit,

    /// <summary>CAME, what PixArt-Σ was trained with.</summary>
    Came,

    /// <summary>Lion.</summary>
    Lion,

    /// <summary>Adafactor.</summary>
    Adafactor,

    /// <summary>Prodigy, which finds the learning rate itself.</summary>
    Prodigy,

    /// <summary>Schedule-free AdamW, whose result is an average of its own.</summary>
    ScheduleFree,
}
