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

    internal void Validate()
    {
        if (From is null && Model is null)
            throw new InvalidSettingException("textEncoder.model", null, "the encoder's configuration, or 'from' with a folder");
        if (From is null && !Train)
            throw new InvalidSettingException("textEncoder.train", false, "true, as there are no weights to start 'from'");
    }
}
