using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Pipelines;
using PixArt.Training.Objectives;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Trains the experts of a model one after the other. Each is a run of its own below the output, with its own checkpoints, so that the whole
/// goes on where it stopped; in the end they are put together as <c>model/</c>, unless they are adapters for the model that is there.</summary>
static class ExpertsRun
{
    const string Timesteps = "interval";

    public static void Run(ExpertsRecipe recipe, IProgress<TrainingEvent>? progress, CancellationToken cancel, TrainingRanks ranks)
    {
        // All of them first: what is wrong with the last is told before the first is trained.
        var experts = Experts(recipe);
        for (var i = 0; i < experts.Count; i++)
        {
            progress?.Report(new Notice($"expert {ExpertFolder.NameOf(experts[i].Timesteps)}, {i + 1} of {experts.Count}"));
            TrainingRun.Run(experts[i], progress, cancel, ranks);
        }

        if (!ranks.IsFirst || experts[0].Adapter is not null) return;
        var model = Path.Combine(recipe.Output, "model");
        var fresh = Path.Combine(recipe.Output, $".model-{Guid.NewGuid():n}");
        ExpertFolder.Write(recipe.From, fresh, [.. experts.Select(e => (e.Timesteps, Path.Combine(e.Output, "transformer")))], parent: null, cancel);
        if (Directory.Exists(model)) Directory.Delete(model, recursive: true);
        Directory.Move(fresh, model);
        progress?.Report(new Written("result", model));
    }

    /// <summary>The recipe of each expert, the noisiest first.</summary>
    /// <exception cref="PixArtException">The model has neither experts nor are there borders, or a field is wrong.</exception>
    public static IReadOnlyList<TransformerRecipe> Experts(ExpertsRecipe recipe)
    {
        var model = ModelFolder.Open(recipe.From);
        var manifest = Path.Combine(recipe.From, ExpertManifest.FileName);
        List<(TimestepInterval Interval, string Weights)> experts;
        if (File.Exists(manifest))
        {
            if (recipe.Splits.Count > 0) throw new InvalidSettingException("splits", string.Join(", ", recipe.Splits), $"none: '{manifest}' says which timesteps its experts own");
            var all = ExpertManifest.Read(manifest).Experts;
            if (all.FirstOrDefault(e => e.Kind is not "full") is { } other) throw new InvalidSettingException($"{manifest}: kind of '{other.Name}'", other.Kind, "full");
            experts = [.. all.Select(e => (e.Owns, Path.Combine(recipe.From, e.Weights))).OrderByDescending(e => e.Owns.High)];
        }
        else
        {
            var timesteps = PipelineFolder.ReadScheduler(model).NumTrainTimesteps;
            experts = [.. ExpertFolder.Between(recipe.Splits, timesteps).Select(interval => (interval, model.Component("transformer").Path))];
        }

        foreach (var (name, _) in recipe.Own)
        {
            if (!experts.Exists(e => string.Equals(ExpertFolder.NameOf(e.Interval), name, StringComparison.Ordinal)))
                throw new InvalidSettingException("own", name, string.Join(" or ", experts.Select(e => ExpertFolder.NameOf(e.Interval))));
        }

        var made = experts.ConvertAll(e => Of(recipe, model, e.Interval, e.Weights));
        RequireSameResult(recipe, made);
        return made;
    }

    // A model of experts, or adapters for the experts of a model.
    static void RequireSameResult(ExpertsRecipe recipe, List<TransformerRecipe> experts)
    {
        var without = experts.FindAll(e => e.Adapter is null).ConvertAll(e => ExpertFolder.NameOf(e.Timesteps));
        if (without.Count == experts.Count) return;
        if (without.Count > 0) throw new InvalidSettingException("adapter", $"null for {string.Join(", ", without)}", "one for every expert or for none");
        if (recipe.Splits.Count > 0)
            throw new InvalidSettingException("splits", string.Join(", ", recipe.Splits), "none with 'adapter': 'pixart branch' makes the experts that adapters are put on");
    }

    static TransformerRecipe Of(ExpertsRecipe recipe, ModelFolder model, TimestepInterval interval, string weights)
    {
        var name = ExpertFolder.NameOf(interval);
        var fields = new JsonObject
        {
            ["kind"] = "transformer",
            ["tokenizer"] = model.Component("tokenizer").Path,
            ["textEncoder"] = new JsonObject { ["from"] = model.Component("text_encoder").Path },
            ["latents"] = new JsonObject { ["autoencoder"] = model.Component("vae").Path },
            ["objective"] = new JsonObject { ["target"] = PipelineFolder.ReadScheduler(model).Target().ToString().ToLowerInvariant() },
        };
        RecipeReader.Overlay(fields, recipe.Train);
        if (recipe.Own[name] is JsonObject own) RecipeReader.Overlay(fields, own);
        fields["output"] = Path.Combine(recipe.Output, name);
        fields["from"] = weights;
        fields[Timesteps] = new JsonObject { ["low"] = interval.Low, ["high"] = interval.High };
        var made = (TransformerRecipe)RecipeReader.Parse(fields.ToJsonString(), name: name);
        return made.TextEncoder.Train
            ? throw new InvalidSettingException("train.textEncoder.train", true, "false: the experts share the model's text encoder") : made;
    }
}
