namespace PixArt.Diffusion;

/// <summary>A denoiser for a part of the timesteps, with its own guidance already around it.</summary>
/// <param name="Name">How it is called in messages, such as <c>t400-999</c>.</param>
/// <param name="Interval">The timesteps it owns.</param>
/// <param name="Denoiser">The model.</param>
public sealed record Expert(string Name, TimestepInterval Interval, IDenoiser Denoiser);
