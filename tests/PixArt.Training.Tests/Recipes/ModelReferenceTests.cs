using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Recipes;

/// <summary>The fields that may name a model of the hub.</summary>
public sealed class ModelReferenceTests
{
    [Theory]
    [InlineData("""{ "kind": "features", "output": "o", "layout": "dmd", "data": { "kind": "dataInfo", "folder": "d" }, "teacher": { "model": "M" }, "textEncoder": "T", "tokenizer": "K" }""",
        "textEncoder=T text_encoder", "tokenizer=K tokenizer", "teacher.model=M ")]
    [InlineData("""{ "kind": "features", "output": "o", "layout": "alphaEdges", "data": { "kind": "dataInfo", "folder": "d" }, "autoencoder": "V", "hed": "H" }""",
        "autoencoder=V vae", "hed=H ")]
    [InlineData("""
        {
          "kind": "transformer", "output": "o", "from": "F", "latents": { "autoencoder": "V" }, "maxGradNorm": null,
          "data": { "kind": "dataInfo", "folder": "d" }, "features": { "layout": "dmd" },
          "distributionMatching": { "teacher": "T", "regression": { "autoencoder": "A", "vgg": "G", "lpips": "L" } }
        }
        """, "from=F transformer", "latents.autoencoder=V vae", "distributionMatching.teacher=T transformer",
        "distributionMatching.regression.autoencoder=A vae", "distributionMatching.regression.vgg=G ", "distributionMatching.regression.lpips=L ")]
    [InlineData("""{ "kind": "experts", "output": "o", "from": "F", "splits": [400] }""", "from=F ")]
    public void Of_ARecipe_NamesEachAndSetsIt(string json, params string[] expected)
    {
        var recipe = RecipeReader.Parse(json);
        string[] Told() => [.. ModelReference.Of(recipe).Select(found => $"{found.Field}={found.Name} {found.Component}")];
        Assert.Equal(expected, Told(), StringComparer.Ordinal);
        foreach (var found in ModelReference.Of(recipe)) found.Set("elsewhere/" + found.Name);
        Assert.Equal(expected.Select(line => line.Replace("=", "=elsewhere/", StringComparison.Ordinal)), Told(), StringComparer.Ordinal);
    }
}
