using System.Text.Json.Nodes;
using PixArt.Imaging;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Features.Repository;

/// <summary>Computes latents into the repositories' .npy files: means, then deviations, fp32. Files that are there and whole are left
/// as they are; the next pictures are decoded while the last ones are encoded.</summary>
/// <param name="recipe">What to do.</param>
/// <param name="pictures">The pictures at their sizes.</param>
/// <param name="paths">Where features go.</param>
/// <param name="autoencoder">Encodes them.</param>
sealed class LatentExtraction(FeatureRecipe recipe, PictureData pictures, FeaturePaths paths, AutoencoderKL autoencoder)
{
    /// <summary>Computes a rank's share.</summary>
    public void Run(int rank, int world, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        FeatureSettings.Claim(Path.Combine(paths.Root, $"pixart-latents-{(paths.IsMultiScale ? "ms-" : "")}{recipe.Resolution}.json"), new JsonObject
        {
            ["layout"] = recipe.Layout.ToString(),
            ["resolution"] = recipe.Resolution,
            ["crop"] = recipe.Data.Crop.ToString(),
            ["precision"] = recipe.Precision.ToString(),
            ["autoencoder"] = ComponentHash.Of(recipe.Autoencoder!),
        });
        var told = new FeatureProgress(progress, "encoding images");
        var mine = Enumerable.Range(0, (int)pictures.Count).Where(i => i % world == rank).ToArray();
        var pending = mine.AsParallel().AsOrdered().Where(i => !IsThere(i)).ToArray();
        var done = mine.Length - pending.Length;
        told.Report((done, mine.Length));
        var batches = Batches(pending).ToArray();
        using var decoded = new Prefetcher<PictureBatch>(number => number < batches.Length ? Decode(batches[number]) : new([], null), 0);
        foreach (var batch in batches)
        {
            cancel.ThrowIfCancellationRequested();
            using (var next = decoded.Next()) Encode(next);
            told.Report((done += batch.Length, mine.Length));
        }
    }

    bool IsThere(int index)
    {
        try
        {
            var shape = pictures.Shape(index);
            var factor = autoencoder.Config.DownsampleFactor;
            return FeatureFiles.LatentShape(PathOf(index)).SequenceEqual(
                [2 * autoencoder.Config.LatentChannels, shape.Height / factor, shape.Width / factor]);
        }
        catch (PixArtException)
        {
            return false;
        }
    }

    string PathOf(int index) => paths.Latents(pictures.NameOf(index));

    // Pictures are in the order of their sizes already.
    IEnumerable<int[]> Batches(int[] pending)
    {
        for (var first = 0; first < pending.Length;)
        {
            var (shape, end) = (pictures.Shape(pending[first]), first + 1);
            while (end < pending.Length && end - first < recipe.BatchSize && pictures.Shape(pending[end]) is var other
                && other.Height == shape.Height && other.Width == shape.Width) end++;
            yield return pending[first..end];
            first = end;
        }
    }

    PictureBatch Decode(int[] indices)
    {
        var images = new Image?[indices.Length];
        Parallel.For(0, indices.Length, i =>
        {
            var image = pictures.Get(indices[i]);
            // A broken picture has no features; the data told of it.
            if (pictures.SourceOf(indices[i]) == indices[i]) images[i] = image;
        });
        string[] files = [.. indices.Where((_, i) => images[i] is not null).Select(PathOf)];
        return new(files, files.Length == 0 ? null : ImageTensors.ToTensor([.. images.OfType<Image>()]));
    }

    void Encode(PictureBatch batch)
    {
        if (batch.Images is null) return;
        using var off = GradMode.Disable();
        using var cast = recipe.Precision == ComputePrecision.Bf16 ? Autocast.Begin(ScalarType.BFloat16) : null;
        using var scope = TensorScope.Begin();
        using var distribution = autoencoder.Encode(batch.Images.To(autoencoder.Parameters.Device));
        var both = Tensor.Cat([distribution.Mean, distribution.StandardDeviation()], 1).To(ScalarType.Float32).Cpu();
        var shape = both.Shape[1..];
        var values = both.ToArray<float>();
        var each = values.Length / batch.Files.Count;
        Parallel.For(0, batch.Files.Count, i => NumpyFile.Write(batch.Files[i], NumpyArray.From<float>(values.AsSpan(i * each, each), shape)));
    }

    sealed record PictureBatch(IReadOnlyList<string> Files, Tensor? Images) : IDisposable
    {
        public void Dispose() => Images?.Dispose();
    }
}
