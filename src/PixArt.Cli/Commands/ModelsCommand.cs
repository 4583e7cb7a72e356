using System.CommandLine;
using PixArt.Cli.Catalogue;
using PixArt.Cli.Generation;
using PixArt.Cli.Rendering;
using PixArt.Hub;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart models</c>: what was released, what it needs, and what is on disk.</summary>
internal static class ModelsCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("models", "List the released PixArt models with what each needs, and what is already on disk. Asks nobody: works offline.");
        command.SetAction(_ => Run(terminal, HubSettings.FromEnvironment()));
        return command;
    }

    internal static int Run(Terminal terminal, HubSettings settings)
    {
        using var hub = new HubClient(settings);
        var write = terminal.Out;
        foreach (var folder in ModelLookup.Folders())
            write.WriteLine($"{Path.GetFileName(folder)}: came with the program, in {folder}");
        foreach (var model in ReleasedModels.All)
        {
            var size = model.Bytes is { } bytes ? $", {ByteText.Of(bytes)}" : "";
            write.WriteLine($"{model.Id}: {StateOf(hub, HubId.Parse(model.Id), model.Request)}");
            write.WriteLine($"    {model.What}{size}; licence: {model.License}");
        }

        var released = ReleasedModels.All.Select(model => model.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var id in hub.Cached().Where(id => !released.Contains(id.Repository)))
        {
            if (IsPixArt(hub.Find(id, new HubRequest { ConfigurationOnly = true })))
                write.WriteLine($"{id.Repository}: {StateOf(hub, id, new HubRequest())}");
        }

        terminal.Error.WriteLine($"cache: {settings.CacheFolder}; `pixart download ID` brings a model, `--model ID` also does; a licence is what the model's card stated, read it there");
        return ExitCode.Success;
    }

    static string StateOf(HubClient hub, HubId id, HubRequest request)
    {
        if (hub.Find(id, request) is { } whole) return $"on disk, {ByteText.Of(whole.Bytes)}";
        return hub.BytesOnDisk(id) is > 0 and var some ? $"partly on disk, {ByteText.Of(some)}" : "not on disk";
    }

    // Other pipelines of the cache are other programs' business.
    static bool IsPixArt(HubSnapshot? snapshot)
    {
        if (snapshot is null || !File.Exists(Path.Combine(snapshot.Folder, Weights.ModelFolder.IndexName))) return false;
        try
        {
            return Weights.ModelFolder.Open(snapshot.Folder).ClassName?.StartsWith("PixArt", StringComparison.Ordinal) == true;
        }
        catch (Weights.WeightsException)
        {
            return false;
        }
    }
}
