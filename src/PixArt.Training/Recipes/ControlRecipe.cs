namespace PixArt.Training.Recipes;

/// <summary>Trains a ControlNet-Transformer that follows edges, beside the transformer of <see cref="GradientRecipe.From"/>, which stays as it
/// is. Defaults are PixArt-δ's.</summary>
public sealed record ControlRecipe : TransformerRecipe
{
    /// <summary>A recipe with PixArt-δ's defaults.</summary>
    public ControlRecipe()
    {
        CaptionDropout = 0.5;
        Accumulation = 4;
        MaxGradNorm = 0.01;
        Optimizer = new() { LearningRate = 2e-5 };
        Schedule = new() { WarmupSteps = 0 };
    }

    /// <summary>How many of the transformer's first blocks are copied, 1 or more and below the number of its blocks.</summary>
    public int Blocks { get; set; } = 13;

    /// <summary>How the edges of a picture are found.</summary>
    public EdgeKind Edges { get; set; } = EdgeKind.Hed;

    /// <summary>The HED network's weights, <c>ControlNetHED.pth</c>; needed for <see cref="EdgeKind.Hed"/> unless features of edges were computed
    /// before (<see cref="TransformerRecipe.Features"/>).</summary>
    public string? Hed { get; set; }

    /// <summary>A ControlNet whose weights training starts from, or null: copies of the transformer's blocks.</summary>
    public string? ControlFrom { get; set; }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(From is not null, "from", null, "the folder of the transformer that shall be steered");
        Require(Parameters == ParameterPrecision.Fp32, "parameters", RecipeJson.Name(Parameters), "fp32 in a recipe of kind control");
        Require(Blocks >= 1, "blocks", Blocks, "1 or more");
        Require(!TextEncoder.Train, "textEncoder.train", true, "false: only the ControlNet is trained");
        foreach (var (field, value) in new (string, object?)[] { ("heldOut", HeldOut), ("adapter", Adapter), ("prior", Prior), ("consistency", Consistency), ("distributionMatching", DistributionMatching) })
            Require(value is null, field, "given", "null in a recipe of kind control");
        Require(
            Features is null or { Layout: FeatureLayout.AlphaEdges }, "features.layout", Features?.Layout, "alphaEdges, whose files hold edges too, in a recipe of kind control");
        Require(Features is null || (Edges == EdgeKind.Hed && Hed is null), "edges", Edges, "hed without 'hed', as 'features' hold the edges");
        Require(Features is not null || Edges != EdgeKind.Hed || !string.IsNullOrEmpty(Hed), "hed", Hed, "the path of ControlNetHED.pth, 'edges' gradient, or 'features' that hold edges");
    }
}
