namespace PixArt.Pipelines;

/// <summary>What the picture of a <see cref="ControlCondition"/> is, and so what is done to it before a ControlNet reads it.</summary>
public enum ControlKind
{
    /// <summary>A picture whose edges are found by the HED network, as for PixArt-δ's ControlNet.</summary>
    Hed,

    /// <summary>A picture whose edges are the slopes of its colours (<see cref="Imaging.GradientEdges"/>).</summary>
    Gradient,

    /// <summary>An edge map already: white edges on black. Colours become grey.</summary>
    Edges,

    /// <summary>What the ControlNet was trained on, whatever it is: taken as it is, with its colours.</summary>
    Image,
}
