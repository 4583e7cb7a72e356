namespace PixArt.Cli.Diagnosis;

/// <summary>One line of a diagnosis.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Value">What was found.</param>
/// <param name="Advice">What to do; null when all is well.</param>
/// <param name="Missing">True when pictures cannot be made without it.</param>
internal sealed record Finding(string Name, string Value, string? Advice = null, bool Missing = false);
