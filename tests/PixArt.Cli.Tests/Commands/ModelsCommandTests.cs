using PixArt.Cli.Catalogue;
using PixArt.Cli.Rendering;
using PixArt.Hub;

namespace PixArt.Cli.Tests.Commands;

public sealed class ModelsCommandTests : IDisposable
{
    readonly HubEnvironment _environment = new();

    public void Dispose() => _environment.Dispose();

    static async Task<string> ListAsync()
    {
        var captured = new Captured();
        Assert.Equal(0, await Shell.RunAsync(["models"], captured.Terminal, CancellationToken.None));
        return captured.Out;
    }

    [Fact]
    public async Task Every_released_model_is_listed_with_what_is_on_disk()
    {
        const string id = "PixArt-alpha/PixArt-XL-2-512x512";
        Assert.Contains($"{id}: not on disk\n", await ListAsync(), StringComparison.Ordinal);
        var repository = _environment.Hub.Add(id).AddFolder(TinyModel.Original);
        using var hub = new HubClient();
        await hub.DownloadAsync(HubId.Parse(id), new HubRequest { ConfigurationOnly = true });
        Assert.Contains($"{id}: partly on disk, ", await ListAsync(), StringComparison.Ordinal);
        var whole = await hub.DownloadAsync(HubId.Parse(id));
        Assert.Contains($"{id}: on disk, {ByteText.Of(repository.Files.Values.Sum(f => (long)f.Length))}\n", await ListAsync(), StringComparison.Ordinal);
        Assert.Equal(repository.Files.Values.Sum(f => (long)f.Length), whole.Bytes);
    }

    [Fact]
    public async Task Other_PixArt_models_of_the_cache_are_listed_and_no_others()
    {
        _environment.Hub.Add("someone/tiny").AddFolder(TinyModel.Original);
        _environment.Hub.Add("someone/else").AddFolder(TinyModel.Original).Add("model_index.json", """{"_class_name": "StableDiffusionPipeline"}""");
        using var hub = new HubClient();
        foreach (var id in (string[])["someone/tiny", "someone/else"]) await hub.DownloadAsync(HubId.Parse(id));
        var list = await ListAsync();
        Assert.Contains("someone/tiny: on disk, ", list, StringComparison.Ordinal);
        Assert.DoesNotContain("someone/else", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_asked()
    {
        Assert.Contains("fluent-scenes: came with the program", await ListAsync(), StringComparison.Ordinal);
        Assert.Empty(_environment.Hub.Requests);
    }

    [Fact]
    public void Every_released_model_has_an_id_of_its_own() =>
        Assert.Equal(ReleasedModels.All.Count, ReleasedModels.All.Select(model => HubId.Parse(model.Id).Repository).Distinct(StringComparer.Ordinal).Count());
}
