using PixArt.Cli.Rendering;
using PixArt.Hub;

namespace PixArt.Cli.Catalogue;

/// <summary>Brings models from the hub with their progress on the terminal, and tells their licence.</summary>
internal static class HubDownload
{
    /// <exception cref="PixArtException">The model cannot be had.</exception>
    public static async Task<HubSnapshot> RunAsync(Terminal terminal, HubId id, HubRequest request, CancellationToken cancellation)
    {
        var settings = HubSettings.FromEnvironment();
        using var hub = new HubClient(settings);
        var snapshot = await ProgressView.RunAsync(terminal, async progress =>
        {
            var steps = new HubSteps(progress);
            var downloaded = await hub.DownloadAsync(id, request, steps, cancellation).ConfigureAwait(false);
            steps.End();
            return downloaded;
        }).ConfigureAwait(false);
        if (snapshot.License is { } license)
            await terminal.Error.WriteLineAsync($"licence, as the model's card states it: {license} ({settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{id.Repository})").ConfigureAwait(false);
        if (snapshot.Unasked is { } reason)
            await terminal.Error.WriteLineAsync($"the state of the cache serves, as the hub could not be asked for a newer one: {reason.Message}").ConfigureAwait(false);
        return snapshot;
    }
}
