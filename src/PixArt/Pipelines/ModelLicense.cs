namespace PixArt.Pipelines;

/// <summary>What the card of a model of the hub states.</summary>
/// <param name="Model">The model: <c>owner/name</c>, with its revision unless that is the usual one.</param>
/// <param name="License">The licence, as the card calls it.</param>
public sealed record ModelLicense(string Model, string License);
