namespace PixArt.Training.Recipes;

/// <summary>Samples that are never trained on, whose loss by timestep is measured while a run goes on, with the averaged weights and
/// always the same noise.</summary>
public sealed record HeldOutRecipe
{
    /// <summary>Where they come from; of scenes, take a held-out <see cref="DataRecipe.Split"/>.</summary>
    public DataRecipe Data { get; set; } = new();

    /// <summary>How many are measured, 1 or more.</summary>
    public int Samples { get; set; } = 512;

    /// <summary>Steps between measurements, 1 or more.</summary>
    public long EverySteps { get; set; } = 1000;

    internal void Validate()
    {
        Data.Validate();
        if (Samples < 1) throw new InvalidSettingException("heldOut.samples", Samples, "1 or more");
        if (EverySteps < 1) throw new InvalidSettingException("heldOut.everySteps", EverySteps, "1 or more");
    }
}
