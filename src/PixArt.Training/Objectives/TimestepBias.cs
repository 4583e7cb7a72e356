namespace PixArt.Training.Objectives;

/// <summary>Draws the timesteps of [<see cref="Begin"/>, <see cref="End"/>) <see cref="Multiplier"/> times as often as
/// others.</summary>
/// <param name="Begin">First favoured timestep.</param>
/// <param name="End">First timestep after the favoured ones.</param>
/// <param name="Multiplier">Weight of the favoured timesteps against 1 for the others; above 0.</param>
public sealed record TimestepBias(int Begin, int End, double Multiplier);
