using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Reports;

/// <summary>The draft of a model card, <c>README.md</c> of a run: what is known of the result, and gaps for what is not. A file that a person has
/// changed is left alone.</summary>
static class ModelCard
{
    const string FileName = "README.md";
    const string Mark = "<!-- A draft, renewed with every checkpoint until this line is removed. -->";

    /// <summary>Writes or renews the draft.</summary>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="step">Optimizer steps made.</param>
    /// <param name="loss">The smoothed loss, or null.</param>
    public static void Write(GradientRecipe recipe, long step, double? loss)
    {
        var path = Path.Combine(recipe.Output, FileName);
        if (File.Exists(path) && !File.ReadAllText(path).Contains(Mark, StringComparison.Ordinal)) return;
        var card = new StringBuilder("---\nlicense: # to be filled in: the base model's licence and the data's decide\n");
        if (recipe.From is { } from) card.Append(CultureInfo.InvariantCulture, $"base_model: {JsonValue.Create(from).ToJsonString()}\n");
        card.Append("pipeline_tag: text-to-image\n---\n").Append(Mark).Append("\n\n");
        card.Append(CultureInfo.InvariantCulture, $"# {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(recipe.Output)))}\n\n");
        card.Append("To be filled in: what it is for, what it should not be used for, whose pictures it was trained on and with what permission.\n\n| | |\n|---|---|\n");
        foreach (var (name, value) in Facts(recipe, step, loss)) card.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");
        card.Append("\nThe whole recipe is `recipe.json`, the course of the loss `report.html`. Nothing is claimed here of the quality of its pictures: `pixart evaluate`\nand a look at them can.\n");
        AtomicFile.WriteText(path, card.ToString());
    }

    static IEnumerable<(string, string)> Facts(GradientRecipe recipe, long step, double? loss)
    {
        string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        yield return ("Began from", recipe.From ?? "random values");
        if (recipe is TransformerRecipe transformer)
        {
            yield return ("Trained", transformer switch
            {
                ControlRecipe control => Text($"a ControlNet of {control.Blocks} blocks on {RecipeJson.Name(control.Edges)} edges"),
                { Adapter: { } adapter } => Text($"{RecipeJson.Name(adapter.Kind)} of rank {adapter.Rank}"),
                { Consistency: not null } => "all weights, distilled into few steps (LCM)",
                { DistributionMatching: not null } => "all weights, distilled into one step (DMD)",
                _ => "all weights",
            });
            yield return ("Timesteps", transformer.Timesteps.ToString());
            yield return ("Predicts", RecipeJson.Name(transformer.Objective.Target));
        }

        foreach (var line in Data(recipe)) yield return ("Data", line);
        yield return ("Steps", Text($"{step} of {recipe.Steps}, {recipe.BatchSize * recipe.Accumulation} samples each"));
        yield return ("Optimizer", Text($"{RecipeJson.Name(recipe.Optimizer.Kind)}, learning rate {recipe.Optimizer.LearningRate:r}, weight decay {recipe.Optimizer.WeightDecay:r}"));
        yield return ("Weights", recipe.Ema is { } ema ? Text($"the moving average, decay {ema.Decay:r}") : "as trained");
        if (loss is { } last) yield return ("Smoothed training loss", Text($"{last:g4}"));
    }

    // As the data were counted at the start.
    static IEnumerable<string> Data(GradientRecipe recipe)
    {
        var counted = Path.Combine(recipe.Output, "data.json");
        if (!File.Exists(counted))
        {
            yield return recipe.Data.Kind == DataKind.Scenes ? "composed scenes" : recipe.Data.Folder ?? "several sets";
            yield break;
        }

        using var json = JsonDocument.Parse(File.ReadAllText(counted));
        foreach (var set in json.RootElement.GetProperty("sets").EnumerateArray())
            yield return string.Create(CultureInfo.InvariantCulture, $"{set.GetProperty("used").GetInt64()} pictures of {set.GetProperty("name").GetString()}");
    }
}
