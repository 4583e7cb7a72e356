using System.Text.Json.Nodes;

namespace PixArt.Training.Recipes;

/// <summary>The T5 encoder that reads the captions.</summary>
public sealed record TextEncoderRecipe
{
    /// <summary>A component folder whose weights are used, or null: random values.</summary>
    public string? From { get; set; }

    /// <summary>The encoder's shape as its transformers <c>config.json</c> has it, or null: that of <see cref="From"/>.</summary>
    public JsonObject? Model { get; set; }

    /// <summary>Whether it is trained together with the transformer.</summary>
    public bool Train { get; set; }

    /// <summary>Draws the relative position biases anew with this standard deviation before the first step, above 0; null leaves them.
    /// With T5's own spread, 1/sqrt(d_model), the shipped model's encoder learned to tell neighbours apart and little more of the order of
    /// words.</summary>
    public double? PositionSpread { get; set; }

    internal void Validate()
    {
        if (PositionSpread is { } spread && !(spread > 0 && double.IsFinite(spread)))
            throw new InvalidSettingException("textEncoder.positionSpread", spread, "a number above 0, or null");
        if (From is null && Model is null)
            throw new InvalidSettingException("textEncoder.model", null, "the encoder's configuration, or 'from' with a folder");
        if (From is null && !Train)
            throw new InvalidSettingException("textEncoder.train", false, "true, as there are no weights to start 'from'");
    }
}
