namespace PixArt.Training.Data.Scenes;

/// <summary>Which combinations a stream of scenes draws from.</summary>
public enum SceneSplit
{
    /// <summary>Everything but held-out combinations.</summary>
    Training,

    /// <summary>Only scenes with two objects that form a held-out pair.</summary>
    HeldOutPairs,

    /// <summary>Only scenes with one object in a held-out setting.</summary>
    HeldOutPlacings,

    /// <summary>Any combination: for the recogniser, which must know them all.</summary>
    Everything,
}
