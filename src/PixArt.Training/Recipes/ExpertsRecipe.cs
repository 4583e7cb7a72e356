using System.Text.Json.Nodes;

namespace PixArt.Training.Recipes;

/// <summary>Trains all experts of a model in one run, one after the other, the noisiest first, on the same data and latents. The experts are those of
/// the model's manifest (<c>pixart branch</c>), or branch from its one transformer at <see cref="Splits"/>. With <c>train.adapter</c> an adapter is
/// trained for each, and the model stays as it is.</summary>
public sealed record ExpertsRecipe : TrainingRecipe
{
    /// <summary>The model folder: experts or parent, text encoder, tokenizer, autoencoder.</summary>
    public string From { get; set; } = "";

    /// <summary>Timesteps between experts, where the model has one transformer; each belongs to the noisier one.</summary>
    public IReadOnlyList<int> Splits { get; set; } = [];

    /// <summary>How each is trained: fields of a recipe of kind transformer. Output, weights and timesteps follow from the expert; tokenizer, text
    /// encoder and autoencoder are the model's where nothing is said.</summary>
    public JsonObject Train { get; set; } = [];

    /// <summary>Fields that an expert has otherwise, by its name: <c>{ "t0-399": { "steps": 600 } }</c>.</summary>
    public JsonObject Own { get; set; } = [];

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(From.Length > 0, "from", From, "the folder of a model");
        if (Splits.Count > 0) _ = ExpertFolder.Between(Splits, 1000);
        foreach (var fixedField in (string[])["kind", "output", "from", "interval", "refinerTraining", "refinerTrainingStrength", "refinerTrainingInvertSchedule", "consistency"])
            Require(!Train.ContainsKey(fixedField), $"train.{fixedField}", "given", "left out: it follows from the expert");
        foreach (var (expert, fields) in Own)
            Require(fields is JsonObject, $"own.{expert}", fields?.ToJsonString() ?? "null", "an object with fields of the expert's recipe");
    }
}
