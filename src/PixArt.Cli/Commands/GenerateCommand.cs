using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Cli.Output;
using PixArt.Cli.Rendering;
using PixArt.Pipelines;
using PixArt.Torch;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart generate "prompt"</c>: pictures from prompts; prints the path of each.</summary>
internal static class GenerateCommand
{
    public static Command Create(Terminal terminal)
    {
        var options = new GenerateOptions();
        var command = options.Command();
        command.SetAction((line, cancellation) => RunAsync(terminal, options, line, cancellation));
        return command;
    }

    static async Task<int> RunAsync(Terminal terminal, GenerateOptions options, ParseResult line, CancellationToken cancellation)
    {
        // libtorch and what it brings take most of a second to load: that happens while the request is read and checked.
        _ = Task.Run(() => LibTorch.NumThreads, CancellationToken.None);
        var settings = GenerateSettings.Of(options, line);
        var folder = ModelLookup.Find(settings.Model);
        foreach (var adapter in PixArtPipeline.Check(folder, settings.Load, settings.Request))
            await terminal.Error.WriteLineAsync($"{adapter.Path}: {adapter.Description}, weight {adapter.Weight}").ConfigureAwait(false);
        string[] paths = PathsOf(settings);
        foreach (var path in paths.DistinctBy(Path.GetDirectoryName, StringComparer.Ordinal)) WritableCheck.Throw(path);

        await ProgressView.RunAsync(terminal, progress => WriteAsync(terminal, settings, folder, paths, progress, cancellation)).ConfigureAwait(false);
        return ExitCode.Success;
    }

    static async Task<int> WriteAsync(
        Terminal terminal, GenerateSettings settings, string folder, string[] paths, IProgress<Step> progress, CancellationToken cancellation)
    {
        var steps = new PipelineSteps(progress);
        using var pipeline = await PixArtPipeline.LoadAsync(folder, settings.Load, steps, cancellation).ConfigureAwait(false);
        var written = 0;
        await foreach (var picture in pipeline.StreamAsync(settings.Request, steps, cancellation).ConfigureAwait(false))
        {
            var path = paths[written++];
            (picture with { Settings = picture.Settings with { Model = settings.Model } }).Save(path);
            await terminal.Out.WriteLineAsync(path).ConfigureAwait(false);
        }
        return written;
    }

    static string[] PathsOf(GenerateSettings settings)
    {
        var request = settings.Request;
        var pictures = request.Prompts.Count * request.Count;
        var pattern = new OutputPattern(settings.Output, pictures);
        return [.. Enumerable.Range(0, pictures)
            .Select(i => pattern.PathOf(i, unchecked(request.Seed!.Value + (ulong)i), request.Prompts[i / request.Count]))];
    }
}
