using System.CommandLine;
using PixArt.Training.Data.Scenes;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart scenes</c>: what the shipped model learns from, as pictures with captions.</summary>
internal static class ScenesCommand
{
    public static Command Create(Terminal terminal)
    {
        var usual = new ScenePictures();
        var output = new Option<string>("--output", "-o") { Description = "The folder to make.", HelpName = "folder", Required = true };
        var count = new Option<int>("--count", "-c") { Description = "Number of pictures.", DefaultValueFactory = _ => usual.Count };
        var seed = new Option<ulong>("--seed", "-s") { Description = "Another seed gives other scenes.", DefaultValueFactory = _ => usual.Seed };
        var singles = new Option<double>("--singles") { Description = "Share of scenes with one object, 0 to 1; the others have two.", DefaultValueFactory = _ => usual.SingleShare };
        var settings = new Option<string?>("--settings") { Description = "Names of settings between commas, which take turns: meadow,beach; any when not given.", HelpName = "list" };
        var thing = new Option<string?>("--object")
        {
            Description = "An object that is in every scene: a name that the model knows (fox), or an emoji that it does not, as file name and noun (1f951=avocado).",
            HelpName = "name|code=name",
        };
        var heldOut = new Option<bool>("--held-out") { Description = "Pairs of objects that the shipped model was never trained on." };
        var data = new Option<string>("--data") { Description = "Folder of the emoji pictures that recipes/fetch-fluent-emoji fetched.", HelpName = "folder", DefaultValueFactory = _ => new EvaluateSettings().Data };
        var command = new Command("scenes", "Write scenes such as the shipped model learned from: pictures with captions beside them, to train on or to take edges from.")
        {
            output, count, seed, singles, settings, thing, heldOut, data,
        };
        command.SetAction((line, cancellation) =>
        {
            var asked = new ScenePictures
            {
                Count = line.GetValue(count),
                Seed = line.GetValue(seed),
                SingleShare = line.GetValue(singles),
                Split = line.GetValue(heldOut) ? SceneSplit.HeldOutPairs : SceneSplit.Training,
                Settings = [.. line.GetValue(settings)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? []],
                Object = line.GetValue(thing) is { } text ? ObjectOf(text) : null,
            };
            asked.Validate();
            var newcomer = asked.Object is { } own && SceneVocabulary.FindObject(own.Name) is null ? own : null;
            var composer = new SceneComposer(EmojiAtlas.Load(line.GetRequiredValue(data), newcomer));
            foreach (var path in asked.Write(composer, line.GetRequiredValue(output), cancellation)) terminal.Out.WriteLine(path);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    static SceneObject ObjectOf(string text) => text.Split('=') switch
    {
        [var name] => SceneVocabulary.FindObject(name)
            ?? throw new InvalidSettingException("--object", text, "an object that the model knows, or an emoji's file name and a noun: 1f951=avocado"),
        [var code, var name] => SceneObject.Newcomer(code, name),
        _ => throw new InvalidSettingException("--object", text, "a name, or an emoji's file name and a noun: 1f951=avocado"),
    };
}
