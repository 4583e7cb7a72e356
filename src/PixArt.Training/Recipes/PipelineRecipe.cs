using System.Text.Json.Nodes;

namespace PixArt.Training.Recipes;

/// <summary>Puts trained components together as a pipeline folder in the diffusers layout. Several transformers make an
/// ensemble; each says itself which timesteps it was trained on.</summary>
public sealed record PipelineRecipe : TrainingRecipe
{
    /// <summary>The tokenizer's folder.</summary>
    public string Tokenizer { get; set; } = "";

    /// <summary>The text encoder's component folder.</summary>
    public string TextEncoder { get; set; } = "";

    /// <summary>The autoencoder's component folder.</summary>
    public string Autoencoder { get; set; } = "";

    /// <summary>Component folders of the transformers, in any order.</summary>
    public IReadOnlyList<string> Transformers { get; set; } = [];

    /// <summary>What weights are stored in.</summary>
    public WeightType Weights { get; set; } = WeightType.Fp16;

    /// <summary>Fields of the scheduler's configuration that differ from the DPM-Solver++ that PixArt ships with; the
    /// prediction type is the transformers'.</summary>
    public JsonObject Scheduler { get; set; } = [];

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Tokenizer.Length > 0, "tokenizer", Tokenizer, "the tokenizer's folder");
        Require(TextEncoder.Length > 0, "textEncoder", TextEncoder, "a component folder");
        Require(Autoencoder.Length > 0, "autoencoder", Autoencoder, "a component folder");
        Require(Transformers.Count > 0, "transformers", "[]", "one component folder or more");
    }
}
