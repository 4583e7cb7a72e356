namespace PixArt.Weights;

/// <summary>One line of a key map. In names, <c>{}</c> stands for one part between dots (the same parts, in order, on both
/// sides) and a final <c>*</c> for the rest, such as <c>weight</c> or <c>bias</c>.</summary>
/// <param name="Foreign">The name in the other layout.</param>
/// <param name="Ours">The diffusers name; several: the foreign tensor holds them one after another along its first dimension, in
/// equal parts; none: the tensor is left out, as a model makes it itself.</param>
public sealed record KeyRule(string Foreign, params IReadOnlyList<string> Ours)
{
    /// <summary>The foreign tensor may be a 1x1 convolution [out, in, 1, 1] where ours is a linear layer [out, in].</summary>
    public bool PointwiseConvolution { get; init; }
}
