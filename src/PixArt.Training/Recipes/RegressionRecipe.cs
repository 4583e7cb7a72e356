namespace PixArt.Training.Recipes;

/// <summary>The regression of distribution matching (DMD): out of the noise that a teacher made a picture from, the generator shall make a picture that looks
/// like it, by LPIPS. Needs features of layout <see cref="FeatureLayout.Dmd"/>, which hold noise and latents. Defaults are PixArt's.</summary>
public sealed record RegressionRecipe
{
    /// <summary>Component folder of the tiny autoencoder (TAESD) that decodes what is compared.</summary>
    public string Autoencoder { get; set; } = "";

    /// <summary>VGG16's weights as torchvision has them, <c>vgg16-397923af.pth</c>: their file.</summary>
    public string Vgg { get; set; } = "";

    /// <summary>LPIPS's own weights for VGG16, version 0.1 (<c>vgg.pth</c>): their file.</summary>
    public string Lpips { get; set; } = "";

    /// <summary>How much it counts beside the matching, above 0.</summary>
    public double Weight { get; set; } = 0.25;

    /// <summary>The share of a batch that is compared, above 0 to 1; at least one sample is.</summary>
    public double Share { get; set; } = 0.5;

    /// <summary>How many samples of a batch are compared: the first.</summary>
    internal int Of(int batch) => Math.Max(1, (int)(batch * Share));

    internal void Validate(TransformerRecipe recipe)
    {
        Require(Autoencoder.Length > 0, "autoencoder", Autoencoder, "the folder of a tiny autoencoder (TAESD)");
        Require(Vgg.Length > 0, "vgg", Vgg, "torchvision's weights of VGG16, vgg16-397923af.pth");
        Require(Lpips.Length > 0, "lpips", Lpips, "LPIPS's weights for VGG16, vgg.pth");
        Require(Weight is > 0 and < double.PositiveInfinity, "weight", Weight, "a number above 0");
        Require(Share is > 0 and <= 1, "share", Share, "above 0 to 1");
        if (recipe.Features is not { Layout: FeatureLayout.Dmd })
            throw new InvalidSettingException("features", recipe.Features is null ? null : RecipeJson.Name(recipe.Features.Layout), "layout dmd, whose files hold what a teacher made of which noise, as 'distributionMatching.regression' is set");
    }

    static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException("distributionMatching.regression." + field, value, expected);
    }
}
