using PixArt.Models;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Features.Repository;

/// <summary>Opens the features that a recipe trains on from the repositories' files.</summary>
static class RepositoryFeatures
{
    /// <param name="recipe">What to do; <see cref="TransformerRecipe.Features"/> is set.</param>
    /// <param name="autoencoder">Tells the scale of latents.</param>
    /// <param name="progress">Is told what was found.</param>
    public static StoredFeatures Open(
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
            // A teacher's latents are the denoiser's already.
            var scale = paths.HoldsPairs ? new LatentScale(1, 0, autoencoder.DownsampleFactor, SamplePosterior: false) : new(
                autoencoder.ScalingFactor, autoencoder.ShiftFactor ?? 0, autoencoder.DownsampleFactor, recipe.Latents.SamplePosterior);
            var text = files.Text ? new RepositoryText(set, paths, samples, recipe.Data, files.NullText) : null;
            RepositoryLatents Latents(Func<string, NumpyArray>? beside) => new(set, paths, samples, scale, recipe.Data, files.Resolution) { Beside = beside };
            return new(Latents(null), text)
            {
                Edges = steered ? Latents(name => FeatureFiles.ReadEdges(paths.Edges(name))) : null,
                Noise = paths.HoldsPairs ? Latents(name => NumpyFile.Read(paths.Noise(name))) : null,
            };
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
