namespace PixArt.Diffusion;

/// <summary>
/// Perturbed-attention guidance (Ahn et al. 2024): a prediction is pushed away from the one that the model makes while some
/// self-attention layers see each token alone. Works with and without a negative prompt.
/// </summary>
public sealed record PerturbedAttentionOptions
{
    /// <summary>diffusers' choice: a pattern that finds block 1 and, by its beginning, blocks 10 to 19.</summary>
    public const string DefaultLayer = "blocks.1";

    /// <summary>How strongly, 0 (off) to 100; diffusers' default is 3.</summary>
    public double Scale { get; init; } = 3;

    /// <summary>By how much <see cref="Scale"/> falls with each timestep below 1000, down to 0: against harm to fine detail; 0 to 100.</summary>
    public double AdaptiveScale { get; init; }

    /// <summary>
    /// The blocks whose self-attention is perturbed: a number (<c>13</c>) or range (<c>8-12</c>) means exactly those, from 0; anything else is
    /// a regular expression searched in <c>transformer_blocks.N.attn1</c>, as diffusers does. What any item finds counts.
    /// </summary>
    public IReadOnlyList<string> Layers { get; init; } = [DefaultLayer];

    /// <summary>The strength at a timestep: max(0, scale − adaptive (1000 − t)).</summary>
    public double ScaleAt(double timestep) => Math.Max(0, Scale - (AdaptiveScale * (1000 - timestep)));

    /// <summary>Checks the numbers; whether the layers exist depends on the model.</summary>
    /// <returns>The options themselves.</returns>
    /// <exception cref="InvalidSettingException">A value is out of its range.</exception>
    public PerturbedAttentionOptions Validated()
    {
        Require("perturbed attention scale", Scale);
        Require("perturbed attention adaptive scale", AdaptiveScale);
        if (Layers.Count == 0) throw new InvalidSettingException("perturbed attention layers", "an empty list", "at least one");
        return this;
    }

    static void Require(string field, double value)
    {
        if (!(value is >= 0 and <= 100)) throw new InvalidSettingException(field, value, "a number from 0 to 100");
    }
}
