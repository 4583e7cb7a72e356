namespace PixArt.Training.Recipes;

/// <summary>How a picture is brought to the size that training sees.</summary>
public enum CropRule
{
    /// <summary>Scaled until it covers that size, the excess cut off on both sides.</summary>
    Center,

    /// <summary>Scaled likewise, the window lies anywhere: another one at every visit.</summary>
    Random,

    /// <summary>Scaled to that size whatever its shape, a little distorted: what the repositories' feature extraction does.</summary>
    Stretch,
}
