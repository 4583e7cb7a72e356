namespace PixArt.Training.Recipes;

/// <summary>The model whose pictures a student learns to repeat, and how it makes them.</summary>
public sealed record TeacherRecipe
{
    /// <summary>The model's folder.</summary>
    public string Model { get; set; } = "";

    /// <summary>Denoising steps, 1 to 1000, or null: what the model recommends (20).</summary>
    public int? Steps { get; set; }

    /// <summary>How strongly it is guided, 0 or more, or null: what the model recommends (4.5).</summary>
    public double? Guidance { get; set; }

    /// <summary>Decides the noise, together with a sample's number.</summary>
    public ulong Seed { get; set; }

    internal void Validate()
    {
        Require(Model.Length > 0, "model", Model, "the folder of a model");
        Require(Steps is null or (>= 1 and <= 1000), "steps", Steps, "1 to 1000, or null");
        Require(Guidance is null or (>= 0 and < double.PositiveInfinity), "guidance", Guidance, "0 or more, or null");
    }

    static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException("teacher." + field, value, expected);
    }
}
