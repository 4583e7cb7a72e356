using PixArt.Diffusion;

namespace PixArt.Training.Recipes;

/// <summary>Distils the transformer into one of a single step by distribution matching (DMD): what it makes out of noise shall be as likely under
/// the teacher as under a model of its own pictures, which is trained beside it. Defaults are PixArt's.</summary>
public sealed record DistributionMatchingRecipe
{
    /// <summary>The teacher's component folder, or null: <c>from</c>.</summary>
    public string? Teacher { get; set; }

    /// <summary>The timestep of the one step, 1 to 999. PixArt's released model has 400, its script 999.</summary>
    public int Timestep { get; set; } = 400;

    /// <summary>How strongly the teacher is guided, in the convention of pipelines: 1 or more, 1 is none.</summary>
    public double Guidance { get; set; } = 3;

    /// <summary>Largest norm of the generator's gradients together, and of those of the model of its pictures; above 0, or null for no limit.
    /// Takes the place of the recipe's own, which is one for both.</summary>
    public double? MaxGradNorm { get; set; } = 10;

    /// <summary>Pictures that the teacher made before, which the generator shall repeat from the same noise; null: none.</summary>
    public RegressionRecipe? Regression { get; set; }

    internal void Validate(TransformerRecipe recipe)
    {
        Require(Timestep is >= 1 and <= 999, "timestep", Timestep, "1 to 999");
        Require(Guidance is >= 1 and < double.PositiveInfinity, "guidance", Guidance, "1 or more");
        Require(MaxGradNorm is null or > 0, "maxGradNorm", MaxGradNorm, "a number above 0, or null");
        if (recipe.MaxGradNorm is { } both) throw Refused("maxGradNorm", both, "null: 'distributionMatching.maxGradNorm' limits generator and model of its pictures apart");
        // The limits are those of gradients as they are, not scaled.
        if (recipe.Precision == ComputePrecision.Fp16) throw Refused("precision", "fp16", "bf16 or fp32");
        recipe.Objective.RequireTargetAlone("distributionMatching", weighs: true);
        if (recipe.From is null) throw Refused("from", null, "the folder of a trained transformer");
        if (recipe.TextEncoder.Train) throw Refused("textEncoder.train", true, "false");
        if (recipe.Timesteps != new TimestepInterval(0, 1000)) throw Refused("interval", recipe.Timesteps, "all timesteps");
        foreach (var (field, value) in new (string, object?)[] { ("prior", recipe.Prior), ("adapter", recipe.Adapter), ("consistency", recipe.Consistency) })
            if (value is not null) throw Refused(field, "given", "null");
        Regression?.Validate(recipe);
    }

    static InvalidSettingException Refused(string field, object? value, string expected) => new(field, value, expected + ", as 'distributionMatching' is set");

    static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException("distributionMatching." + field, value, expected);
    }
}
