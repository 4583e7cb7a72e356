namespace PixArt.Training.Data.Scenes;

/// <summary>Where an object belongs vertically.</summary>
public enum Elevation
{
    /// <summary>Stands on the ground line.</summary>
    Ground,

    /// <summary>Stands on the ground line, swims where the setting is under water.</summary>
    Swims,

    /// <summary>Hovers above the ground line everywhere.</summary>
    Flies,
}
