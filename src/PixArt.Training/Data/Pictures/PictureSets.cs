using PixArt.Training.Data.Pictures.Parquet;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>Opens sets of pictures.</summary>
static class PictureSets
{
    /// <summary>Opens a set.</summary>
    /// <exception cref="InvalidSettingException">It is not there, or not in that layout.</exception>
    public static IPictureSet Open(PictureSetRecipe recipe)
    {
        try
        {
            return recipe.Kind switch
            {
                DataKind.Folder => new FolderSet(recipe),
                DataKind.DataInfo => new DataInfoSet(recipe),
                DataKind.Sam => new SamSet(recipe),
                DataKind.WebDataset => new TarSet(recipe),
                DataKind.Parquet => new ParquetSet(recipe),
                _ => throw new InvalidSettingException("data.kind", RecipeJson.Name(recipe.Kind), "folder, dataInfo, sam, webDataset or parquet"),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidSettingException("data.folder", recipe.Folder, $"a folder that can be read ({e.Message})");
        }
    }

    /// <summary>How often an epoch shows each picture of each set.</summary>
    /// <param name="recipes">The sets.</param>
    /// <param name="counts">Their numbers of pictures.</param>
    public static double[] Rates(IReadOnlyList<PictureSetRecipe> recipes, IReadOnlyList<long> counts)
    {
        var rates = recipes.Select(recipe => recipe.Repeats).ToArray();
        if (recipes[0].Weight is null) return rates;
        // Shares by weight, of as many visits as there would be without weights.
        var visits = rates.Select((rate, i) => rate * counts[i]).Sum();
        var weights = recipes.Sum(recipe => recipe.Weight!.Value);
        for (var i = 0; i < rates.Length; i++)
            rates[i] = counts[i] == 0 ? rates[i] : recipes[i].Weight!.Value / weights * visits / counts[i];
        return rates;
    }
}
