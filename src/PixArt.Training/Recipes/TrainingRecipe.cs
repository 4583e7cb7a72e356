namespace PixArt.Training.Recipes;

/// <summary>Everything that decides what a run does; <c>recipe.json</c> in C#. Paths are relative to the current
/// folder.</summary>
public abstract record TrainingRecipe
{
    /// <summary>The folder of the run: checkpoints, metrics, plots, and in the end the trained component.</summary>
    public string Output { get; set; } = "";

    /// <summary>Refuses what cannot work.</summary>
    /// <exception cref="InvalidSettingException">Names the field, its value and what would be right.</exception>
    public virtual void Validate() => Require(Output.Length > 0, "output", Output, "a folder to write into");

    private protected static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException(field, value, expected);
    }
}
