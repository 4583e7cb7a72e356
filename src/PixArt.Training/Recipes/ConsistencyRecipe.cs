using PixArt.Diffusion;

namespace PixArt.Training.Recipes;

/// <summary>Distils the transformer into one of few steps (LCM): the student's answer at a timestep shall be the target's at the
/// timestep that the teacher, guided, steps to.</summary>
public sealed record ConsistencyRecipe
{
    /// <summary>The teacher's component folder, or null: <c>from</c>. With an adapter the teacher is always the transformer without it.</summary>
    public string? Teacher { get; set; }

    /// <summary>How strongly the teacher is guided, w in x_c + w (x_c - x_u): 0 or more. In the convention of pipelines that is 1 + w.</summary>
    public double Guidance { get; set; } = 4.5;

    /// <summary>Timesteps of the teacher's solver, 1 to 1000; 50 make steps of 20.</summary>
    public int SolverSteps { get; set; } = 50;

    /// <summary>c of the pseudo-Huber loss, above 0, or null for the mean square.</summary>
    public double? Huber { get; set; } = 0.001;

    internal void Validate(TransformerRecipe recipe)
    {
        Require(Guidance is >= 0 and < double.PositiveInfinity, "guidance", Guidance, "0 or more");
        Require(SolverSteps is >= 1 and <= 1000, "solverSteps", SolverSteps, "1 to 1000");
        Require(Huber is null || (Huber > 0 && double.IsFinite(Huber.Value)), "huber", Huber, "a number above 0, or null");
        Require(Teacher is null || recipe.Adapter is null, "teacher", Teacher, "null, as the teacher of an adapter is 'from' itself");
        if (recipe.From is null) throw new InvalidSettingException("from", null, "the folder of a trained transformer, as 'consistency' is set");
        if (recipe.TextEncoder.Train) throw new InvalidSettingException("textEncoder.train", true, "false, as 'consistency' is set");
        if (recipe.Timesteps != new TimestepInterval(0, 1000)) throw new InvalidSettingException("interval", recipe.Timesteps, "all timesteps, as 'consistency' is set");
        if (recipe.Adapter is null && recipe.Ema is null) throw new InvalidSettingException("ema", null, "a moving average, as it is the target of 'consistency' (PixArt: decay 0.95, fixed)");
        recipe.Objective.RequireTargetAlone("consistency");
        if (recipe.Prior is not null) throw new InvalidSettingException("prior", "given", "null, as 'consistency' is set");
    }

    static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException("consistency." + field, value, expected);
    }
}
