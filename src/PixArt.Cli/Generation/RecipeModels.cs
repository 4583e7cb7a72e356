using PixArt.Training.Recipes;

namespace PixArt.Cli.Generation;

/// <summary>Brings the models that a recipe names by hub ids: the recipe then names their folders, with the commit in them.</summary>
internal static class RecipeModels
{
    /// <exception cref="PixArtException">A model cannot be had.</exception>
    public static async Task LocateAsync(Terminal terminal, TrainingRecipe recipe, CancellationToken cancellation)
    {
        foreach (var model in ModelReference.Of(recipe))
        {
            var place = await ModelLookup.PlaceAsync(terminal, model.Name, model.Component, cancellation).ConfigureAwait(false);
            if (!string.Equals(place, model.Name, StringComparison.Ordinal)) model.Set(place);
        }
    }
}
