namespace PixArt.Training.Recipes;

/// <summary>How the edges are found that a ControlNet is trained on; <c>pixart generate --control</c> names the same kinds.</summary>
public enum EdgeKind
{
    /// <summary>Slopes of colours: needs no weights.</summary>
    Gradient,

    /// <summary>The HED network, as for PixArt-δ's ControlNet.</summary>
    Hed,
}
