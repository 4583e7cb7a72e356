namespace PixArt.Training.Recipes;

/// <summary>How the learning rate follows the number of samples of an optimizer step, against 256 (the original repositories'
/// <c>auto_lr</c>).</summary>
public enum RateScaling
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>By the root of samples / 256: the released configurations'.</summary>
    Sqrt,

    /// <summary>By samples / 256.</summary>
    Linear,
}
