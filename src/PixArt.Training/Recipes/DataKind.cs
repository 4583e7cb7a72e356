namespace PixArt.Training.Recipes;

/// <summary>Where training data come from.</summary>
public enum DataKind
{
    /// <summary>Captioned scenes that are composed as they are needed.</summary>
    Scenes,

    /// <summary>A folder of images, each with a text file of the same name that holds its caption.</summary>
    Folder,
}
