using PixArt.Models;

namespace PixArt.Training.Recipes;

/// <summary>Trains a T5 encoder to tell from a scene's caption what stands where, before a transformer learns to draw it.</summary>
/// <remarks>A small encoder that is trained through a transformer alone learns which words stand in a caption long before it learns their
/// order: neither of the two gains anything from sides until both know them. Captions alone teach the order in minutes.</remarks>
public sealed record LayoutRecipe : GradientRecipe
{
    /// <summary>A tokenizer folder.</summary>
    public string Tokenizer { get; set; } = "";

    /// <summary>Tokens of a caption at most, its end included.</summary>
    public int MaxTokens { get; set; } = 120;

    /// <summary>The component folder of an encoder of the same width whose features are learned too, so that transformers that know it
    /// understand this one; null: none.</summary>
    public string? Teacher { get; set; }

    /// <summary>Weight of the features' mean squared distance from the teacher's, above 0.</summary>
    public double TeacherWeight { get; set; } = 1;

    /// <summary>Draws the relative position biases with this standard deviation before the first step, above 0; null leaves them as they are.
    /// From T5's own first values, of deviation 1/√d_model, a small encoder does not learn the order of words.</summary>
    public double? PositionSpread { get; set; } = 1;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Data.Kind == DataKind.Scenes, "data.kind", RecipeJson.Name(Data.Kind), "scenes: other data do not say what stands where");
        Require(Tokenizer.Length > 0, "tokenizer", Tokenizer, "a tokenizer folder");
        Require(MaxTokens >= 2, "maxTokens", MaxTokens, "2 or more");
        Require(TeacherWeight > 0 && double.IsFinite(TeacherWeight), "teacherWeight", TeacherWeight, "a number above 0");
        Require(PositionSpread is null || (PositionSpread > 0 && double.IsFinite(PositionSpread.Value)), "positionSpread", PositionSpread, "a number above 0, or null");
        ModelFields.Check("model", Model, json => T5EncoderConfig.Read(json).ToJson());
    }
}
