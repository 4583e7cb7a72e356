using PixArt.Models;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;

namespace PixArt.Training.Features.Repository;

/// <summary>Opens the features that a recipe trains on from the repositories' files.</summary>
static class RepositoryFeatures
{
    /// <param name="recipe">What to do; <see cref="TransformerRecipe.Features"/> is set.</param>
    /// <param name="autoencoder">Tells the scale of latents.</param>
    /// <param name="progress">Is told what was found.</param>
    public static (ILatentData Latents, ITextFeatures? Text) Open(
        TransformerRecipe recipe, AutoencoderKLConfig autoencoder, IProgress<TrainingEvent>? progress)
    {
        var files = recipe.Features!;
        var set = PictureSets.Open(recipe.Data.PictureSets[0]);
        try
        {
            var paths = new FeaturePaths(files.Layout, files.Root ?? RootOf(set, recipe.Data), files.Resolution);
            var samples = new FeatureSamples(set, paths, files.Text);
            foreach (var line in samples.Report) progress?.Report(new Notice(line));
            var scale = new LatentScale(
                autoencoder.ScalingFactor, autoencoder.ShiftFactor ?? 0, autoencoder.DownsampleFactor, recipe.Latents.SamplePosterior);
            var text = files.Text ? new RepositoryText(set, paths, samples, recipe.Data, files.NullText) : null;
            return (new RepositoryLatents(set, paths, samples, scale, recipe.Data, files.Resolution), text);
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>The folder that features lie below when nobody says otherwise.</summary>
    public static string RootOf(IPictureSet set, DataRecipe data) => set is DataInfoSet list ? list.Root : data.PictureSets[0].Folder;
}
