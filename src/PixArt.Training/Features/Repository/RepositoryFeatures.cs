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
    /// <returns>Latents of pictures, features of captions, and latents of edges for a recipe that trains on them.</returns>
    public static (ILatentData Latents, ITextFeatures? Text, ILatentData? Edges) Open(
        TransformerRecipe recipe, AutoencoderKLConfig autoencoder, IProgress<TrainingEvent>? progress)
    {
        var files = recipe.Features!;
        var set = PictureSets.Open(recipe.Data.PictureSets[0]);
        try
        {
            var paths = new FeaturePaths(files.Layout, files.Root ?? RootOf(set, recipe.Data), files.Resolution);
            var steered = recipe is ControlRecipe;
            var samples = new FeatureSamples(set, paths, files.Text, steered);
            foreach (var line in samples.Report) progress?.Report(new Notice(line));
            var scale = new LatentScale(
                autoencoder.ScalingFactor, autoencoder.ShiftFactor ?? 0, autoencoder.DownsampleFactor, recipe.Latents.SamplePosterior);
            var text = files.Text ? new RepositoryText(set, paths, samples, recipe.Data, files.NullText) : null;
            RepositoryLatents Latents(bool ofEdges) => new(set, paths, samples, scale, recipe.Data, files.Resolution) { OfEdges = ofEdges };
            return (Latents(ofEdges: false), text, steered ? Latents(ofEdges: true) : null);
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
