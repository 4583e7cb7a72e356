using PixArt.Training.Checkpoints;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Writes what was trained of a transformer as component folders, with <c>training.json</c> beside the weights.</summary>
static class TransformerExport
{
    /// <param name="recipe">What was trained.</param>
    /// <param name="parts">The models.</param>
    /// <param name="folder">The folder above the component folders.</param>
    /// <param name="step">Optimizer steps made.</param>
    public static void Write(TransformerRecipe recipe, TransformerParts parts, string folder, long step)
    {
        if (parts.Adapter is { } adapter)
        {
            var place = Path.Combine(folder, "adapter");
            adapter.Export(place, recipe.From);
            WriteInterval(recipe, place, step);
            return;
        }

        var facts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["step"] = $"{step}",
            ["timesteps"] = $"{recipe.Timesteps.Low},{recipe.Timesteps.High}",
            ["prediction"] = recipe.Objective.Target.ToString(),
            ["parent"] = recipe.From ?? "",
        };
        if (parts.Control is { } control)
        {
            facts["edges"] = ((ControlRecipe)recipe).Edges.ToString();
            ComponentWriter.Write(Path.Combine(folder, "controlnet"), control.Config.ToJson(), ComponentWriter.Diffusers, control.Parameters, facts);
            return;
        }

        var transformer = Path.Combine(folder, "transformer");
        ComponentWriter.Write(transformer, parts.Transformer.Config.ToJson(), ComponentWriter.Diffusers, parts.Transformer.Parameters, facts);
        if (recipe.TextEncoder.Train)
        {
            var text = parts.TextEncoder!;
            ComponentWriter.Write(Path.Combine(folder, "text_encoder"), text.Config.ToJson(), ComponentWriter.Transformers, text.Parameters);
        }

        WriteInterval(recipe, transformer, step);
    }

    static void WriteInterval(TransformerRecipe recipe, string folder, long step) =>
        ExpertInterval.Write(folder, recipe.Timesteps, recipe.Objective.Target, step, recipe.Objective.ZeroTerminalSnr);
}
