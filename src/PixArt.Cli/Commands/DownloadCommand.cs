using System.CommandLine;
using PixArt.Cli.Catalogue;
using PixArt.Hub;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart download owner/name</c>: a model of the hub into the cache; prints its folder.</summary>
internal static class DownloadCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = new Argument<string>("id") { Description = "owner/name or owner/name@revision; `pixart models` lists what was released." };
        var files = new Argument<string[]>("file")
        {
            Description = "Names of files, or patterns in quotes ('*.pth'; '*' is everything). When not given: what a pipeline reads.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var revision = new Option<string?>("--revision") { Description = "A branch, a tag or a commit (main).", HelpName = "revision" };
        var variant = new Option<string?>("--variant") { Description = "Prefer weight files of a variant, for example fp16.", HelpName = "name" };
        var component = new Option<string?>("--component") { Description = "One component alone: transformer, vae, text_encoder, tokenizer or scheduler.", HelpName = "name" };
        var adapter = new Option<bool>("--adapter") { Description = "An adapter's files." };
        var command = new Command("download", "Bring a model from the hub into the cache that Python's libraries share; goes on where an interrupted download stopped.")
        {
            id, files, revision, variant, component, adapter,
        };
        command.SetAction(async (line, cancellation) =>
        {
            var model = HubId.Parse(line.GetRequiredValue(id));
            if (line.GetValue(revision) is { } named) model = model.At(named);
            var request = new HubRequest
            {
                Files = line.GetValue(files) ?? [],
                Variant = line.GetValue(variant),
                Component = line.GetValue(component),
                Adapter = line.GetValue(adapter),
            };
            var snapshot = await HubDownload.RunAsync(terminal, model, request, cancellation).ConfigureAwait(false);
            foreach (var path in request.Files.Count == 0 ? [snapshot.Folder] : snapshot.Files.Select(file => Path.Combine(snapshot.Folder, file)))
                await terminal.Out.WriteLineAsync(path).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }
}
