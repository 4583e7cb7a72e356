namespace PixArt.Weights;

/// <summary>Where one of our tensors is in another layout.</summary>
/// <param name="Name">Name there.</param>
/// <param name="Part">Which of the equal parts along the first dimension, from 0.</param>
/// <param name="Parts">How many parts there are; 1: the whole tensor.</param>
/// <param name="Rule">The line of the map that says so.</param>
public sealed record ForeignKey(string Name, int Part, int Parts, KeyRule Rule);
