namespace PixArt.Training.Recipes;

/// <summary>Features that were computed before and lie in the PixArt repositories' own files.</summary>
public sealed record FeatureFilesRecipe
{
    /// <summary>How they are named.</summary>
    public FeatureLayout Layout { get; set; } = FeatureLayout.SigmaMultiScale;

    /// <summary>The folder that they lie below, or null: that of the data's list.</summary>
    public string? Root { get; set; }

    /// <summary>The resolution in the folders' names: 256, 512, 1024, 2048 or 2880.</summary>
    public int Resolution { get; set; } = 512;

    /// <summary>Whether text features are read too; without, captions are encoded in training.</summary>
    public bool Text { get; set; } = true;

    /// <summary>The file of the empty prompt's features, or null: <c>null_embed_diffusers_NNNtoken.pth</c> in the root.</summary>
    public string? NullText { get; set; }

    internal void Validate(DataRecipe data)
    {
        if (Resolution is not (256 or 512 or 1024 or 2048 or 2880))
            throw new InvalidSettingException("features.resolution", Resolution, "256, 512, 1024, 2048 or 2880");
        if (data.Kind is not (DataKind.DataInfo or DataKind.Sam or DataKind.Folder))
            throw new InvalidSettingException("data.kind", RecipeJson.Name(data.Kind), "dataInfo, sam or folder, as 'features' name their files");
    }
}
