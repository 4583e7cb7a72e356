namespace PixArt.Training.Optimization;

/// <summary>How the learning rate goes after its warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls linearly to the final factor at the last step.</summary>
    Linear,

    /// <summary>It falls along half a cosine to the final factor at the last step.</summary>
    Cosine,

    /// <summary>It falls to the final factor at the last step as a power of the share of steps that is left.</summary>
    Polynomial,

    /// <summary>It falls along half a cosine to the final factor over the first two thirds of all steps, then stays (the
    /// original repositories' <c>cosine_decay_to_constant</c>).</summary>
    CosineToConstant,
}
