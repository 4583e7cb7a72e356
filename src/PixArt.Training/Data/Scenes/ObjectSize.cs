namespace PixArt.Training.Data.Scenes;

/// <summary>How big an object stands in its scene. Captions name small and large, never normal.</summary>
public enum ObjectSize
{
    /// <summary>40 px: "a small fox".</summary>
    Small,

    /// <summary>56 px, or 40 px where three objects share the picture: "a fox".</summary>
    Normal,

    /// <summary>80 px: "a large fox".</summary>
    Large,
}
