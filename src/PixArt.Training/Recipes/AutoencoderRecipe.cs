using PixArt.Models;
using PixArt.Training.Objectives;

namespace PixArt.Training.Recipes;

/// <summary>Trains an AutoencoderKL on random crops.</summary>
public sealed record AutoencoderRecipe : GradientRecipe
{
    /// <summary>Side of a random crop in pixels, or null for whole images.</summary>
    public int? Crop { get; set; } = 64;

    /// <summary>Weights of the loss.</summary>
    public AutoencoderObjective Loss { get; set; } = new();

    /// <summary>Images whose latents' spread sets the scaling factor of the result, so that the denoiser sees unit variance;
    /// 0 keeps the configuration's.</summary>
    public int ScalingSamples { get; set; } = 256;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        ModelFields.Check("model", Model, json => AutoencoderKLConfig.Read(json).ToJson());
        Require(Crop is null or >= 8, "crop", Crop, "8 or more pixels, or null");
        Require(Report.Peers.Count == 0, "report.peers", $"{Report.Peers.Count} folders", "none: an autoencoder has no experts");
        Require(Parameters == ParameterPrecision.Fp32, "parameters", RecipeJson.Name(Parameters), "fp32 in a recipe of kind autoencoder");
        Require(ScalingSamples >= 0, "scalingSamples", ScalingSamples, "0 or more");
    }
}
