using PixArt.Hub;

namespace PixArt.Cli.Catalogue;

/// <summary>A model that its makers published.</summary>
/// <param name="Id">Where it is on the hub.</param>
/// <param name="What">What it is, and what goes with it.</param>
/// <param name="License">What its card states.</param>
internal sealed record ReleasedModel(string Id, string What, string License)
{
    /// <summary>Bytes to download; null where nobody measured it.</summary>
    public long? Bytes { get; init; }

    /// <summary>The files that are meant.</summary>
    public HubRequest Request { get; init; } = new();
}
