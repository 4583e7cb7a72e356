using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Cli.Output;
using PixArt.Cli.Rendering;
using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Torch;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart generate "prompt"</c>: pictures from prompts; prints the path of each.</summary>
internal static class GenerateCommand
{
    // Pixels of a picture's longer side on a sheet.
    const int LargestCell = 512;

    public static Command Create(Terminal terminal)
    {
        var options = new GenerateOptions();
        var command = options.Command();
        foreach (var option in options.Control.All) command.Add(option);
        command.SetAction((line, cancellation) => RunAsync(terminal, options, line, cancellation));
        return command;
    }

    static async Task<int> RunAsync(Terminal terminal, GenerateOptions options, ParseResult line, CancellationToken cancellation)
    {
        // libtorch and what it brings take most of a second to load: that happens while the request is read and checked.
        _ = Task.Run(() => LibTorch.NumThreads, CancellationToken.None);
        var settings = GenerateSettings.Of(options, line);
        var model = ModelLookup.Find("--model", settings.Model);
        settings = settings with
        {
            Load = settings.Load with
            {
                TransformerFolder = settings.Load.TransformerFolder is { } transformer ? ModelLookup.Find("--transformer", transformer) : null,
                ExpertFolder = settings.Load.ExpertFolder is { } expert ? ModelLookup.Find("--expert", expert) : null,
            },
        };
        // Of a model on the hub the configurations alone come now, its weights when the requests are known to be good.
        var adapters = await ProgressView.RunAsync(
            terminal, progress => PixArtPipeline.CheckAsync(model, settings.Load, settings.Requests, new PipelineSteps(progress), cancellation)).ConfigureAwait(false);
        foreach (var adapter in adapters)
            await terminal.Error.WriteLineAsync($"{adapter.Path}: {adapter.Description}, weight {adapter.Weight}").ConfigureAwait(false);
        if (settings.Memory is { } memory)
        {
            // Headers of weights are read for it: those of a model on the hub come now.
            var (load, requests) = (settings.Load, settings.Requests);
            var plan = await ProgressView.RunAsync(
                terminal, progress => MemoryPlan.ForAsync(model, load, requests, memory.Bytes, new PipelineSteps(progress), cancellation)).ConfigureAwait(false);
            foreach (var text in plan.Lines) await terminal.Error.WriteLineAsync(text).ConfigureAwait(false);
            settings = settings with { Load = plan.Options };
        }
        string[] paths = PathsOf(settings);
        string[] all = [.. paths, .. settings.Grid is { } grid ? [grid] : (string[])[], .. settings.Preview is { } preview ? [preview] : (string[])[]];
        foreach (var path in all.DistinctBy(Path.GetDirectoryName, StringComparer.Ordinal)) WritableCheck.Throw(path);

        var licenses = await ProgressView.RunAsync(terminal, progress => WriteAsync(terminal, settings, model, paths, progress, cancellation)).ConfigureAwait(false);
        foreach (var (id, license) in licenses)
            await terminal.Error.WriteLineAsync($"licence of {id}, as its card states it: {license}").ConfigureAwait(false);
        return ExitCode.Success;
    }

    static async Task<IReadOnlyList<ModelLicense>> WriteAsync(
        Terminal terminal, GenerateSettings settings, string model, string[] paths, IProgress<Step> progress, CancellationToken cancellation)
    {
        var preview = settings.Preview is { } file ? new PreviewFile(file) : null;
        var steps = new PipelineSteps(progress, preview);
        using var pipeline = await PixArtPipeline.LoadAsync(model, settings.Load, steps, cancellation).ConfigureAwait(false);
        var sheet = new List<ContactSheetItem>();
        var written = 0;
        foreach (var request in settings.Requests)
        {
            await foreach (var picture in pipeline.StreamAsync(request, steps, cancellation).ConfigureAwait(false))
            {
                var path = paths[written++];
                // A hub id is written down with its commit; a folder as it was named.
                var named = Directory.Exists(model) ? picture with { Settings = picture.Settings with { Model = settings.Model } } : picture;
                named.Save(path);
                preview?.Show(picture.Image);
                if (settings.Grid is not null) sheet.Add(new(picture.Image, $"seed {picture.Settings.Seed}: {picture.Settings.Prompt}"));
                await terminal.Out.WriteLineAsync(path).ConfigureAwait(false);
            }
        }
        if (settings.Grid is { } grid)
        {
            var row = settings.Requests[0].PicturesPerPrompt;
            ContactSheet.Render(sheet, new() { Columns = row > 1 ? row : 0, CellSize = LargestCell }).Save(grid);
            await terminal.Out.WriteLineAsync(grid).ConfigureAwait(false);
        }
        return pipeline.Licenses;
    }

    static string[] PathsOf(GenerateSettings settings)
    {
        var pictures = settings.Pictures;
        var names = Names(numbered: false);
        return names.Distinct(StringComparer.Ordinal).Count() == names.Length ? names : Names(numbered: true);

        string[] Names(bool numbered)
        {
            var pattern = new OutputPattern(settings.Output, pictures.Count, numbered);
            return [.. pictures.Select((picture, i) => pattern.PathOf(i, picture.Seed, picture.Prompt))];
        }
    }
}
