using System.Text.Json.Nodes;
using PixArt.Imaging;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Features.Repository;

/// <summary>Computes latents into the repositories' files: means, then deviations, fp32. Of pictures as .npy, of their edges as .npz. Files that are
/// there and whole are left as they are; the next pictures are decoded while the last ones are encoded.</summary>
/// <param name="recipe">What to do.</param>
/// <param name="pictures">The pictures at their sizes.</param>
/// <param name="paths">Where features go.</param>
/// <param name="autoencoder">Encodes them.</param>
/// <param name="hed">Finds the edges that are encoded in the place of the pictures; null: the pictures.</param>
sealed class LatentExtraction(FeatureRecipe recipe, PictureData pictures, FeaturePaths paths, AutoencoderKL autoencoder, HedNetwork? hed = null)
{
    /// <summary>Computes a rank's share.</summary>
    public void Run(int rank, int world, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        var settings = new JsonObject
        {
            ["layout"] = recipe.Layout.ToString(),
            ["resolution"] = recipe.Resolution,
            ["crop"] = recipe.Data.Crop.ToString(),
            ["precision"] = recipe.Precision.ToString(),
            ["autoencoder"] = ComponentHash.Of(recipe.Autoencoder!),
        };
        if (hed is not null) settings["hed"] = ComponentHash.OfFile(recipe.Hed!);
        var kind = hed is null ? "latents" : "edges";
        FeatureSettings.Claim(Path.Combine(paths.Root, $"pixart-{kind}-{(paths.IsMultiScale ? "ms-" : "")}{recipe.Resolution}.json"), settings);
        var told = new FeatureProgress(progress, hed is null ? "encoding images" : "encoding edges");
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
            return (hed is null ? FeatureFiles.LatentShape(PathOf(index)) : FeatureFiles.ReadEdges(PathOf(index)).Shape).SequenceEqual(
                [2 * autoencoder.Config.LatentChannels, shape.Height / factor, shape.Width / factor]);
        }
        catch (PixArtException)
        {
            return false;
        }
    }

    string PathOf(int index) => hed is null ? paths.Latents(pictures.NameOf(index)) : paths.Edges(pictures.NameOf(index));

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
        ParallelLoop.Run(indices.Length, i =>
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
        using var cast = Autocast.Begin(recipe.Precision.Small());
        using var scope = TensorScope.Begin();
        var images = batch.Images.To(autoencoder.Parameters.Device);
        // 0..1 on one channel becomes -1..1 on three.
        if (hed is not null) images = ((hed.Edges(images) * 2) - 1).Repeat(1, 3, 1, 1);
        using var distribution = autoencoder.Encode(images);
        var both = Tensor.Cat([distribution.Mean, distribution.StandardDeviation()], 1).To(ScalarType.Float32).Cpu();
        var shape = both.Shape[1..];
        var values = both.ToArray<float>();
        var each = values.Length / batch.Files.Count;
        ParallelLoop.Run(batch.Files.Count, i => Write(batch.Files[i], NumpyArray.From<float>(values.AsSpan(i * each, each), shape)));
    }

    void Write(string file, NumpyArray array)
    {
        if (hed is null) NumpyFile.Write(file, array);
        else NumpyArchive.Write(file, [new(FeatureFiles.EdgesName, array)]);
    }

    sealed record PictureBatch(IReadOnlyList<string> Files, Tensor? Images) : IDisposable
    {
        public void Dispose() => Images?.Dispose();
    }
}
