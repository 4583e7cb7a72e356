namespace PixArt.Training.Recipes;

/// <summary>Keeps what the model knows of a class while it learns one of its members (DreamBooth, Ruiz et al. 2022): each batch has
/// as many images of the class beside it, which the model itself made before.</summary>
public sealed record PriorRecipe
{
    /// <summary>Images of the class.</summary>
    public DataRecipe Data { get; set; } = new() { Kind = DataKind.Folder };

    /// <summary>One caption for all of them, such as <c>a photo of a dog</c>; null: their own.</summary>
    public string? Caption { get; set; }

    /// <summary>What their loss counts, above 0.</summary>
    public double Weight { get; set; } = 1;

    internal void Validate()
    {
        try
        {
            Data.Validate();
        }
        catch (InvalidSettingException e)
        {
            throw new InvalidSettingException("prior." + e.Field, e.Value, e.Expected);
        }

        if (!(Weight > 0) || double.IsInfinity(Weight)) throw new InvalidSettingException("prior.weight", Weight, "a number above 0");
    }
}
