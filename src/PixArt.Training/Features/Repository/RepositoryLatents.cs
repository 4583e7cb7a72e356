using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Features.Repository;

/// <summary>Latents out of the repositories' files, or what lies beside them: those of edges, or the noise that a teacher made them from.</summary>
sealed class RepositoryLatents : ILatentData
{
    readonly IPictureSet _set;
    readonly FeaturePaths _paths;
    readonly IReadOnlyList<FeatureSample> _samples;
    readonly LatentScale _scale;
    readonly CaptionChoice _captions;
    readonly AspectRatioBins? _bins;

    /// <param name="set">The listed pictures; disposed with this object.</param>
    /// <param name="paths">Where features lie.</param>
    /// <param name="samples">Those that are whole.</param>
    /// <param name="scale">From the autoencoder's latents to the denoiser's.</param>
    /// <param name="recipe">Which captions are shown.</param>
    /// <param name="resolution">The side of the table of sizes.</param>
    public RepositoryLatents(
        IPictureSet set, FeaturePaths paths, FeatureSamples samples, LatentScale scale, DataRecipe recipe, int resolution)
    {
        (_set, _paths, _samples, _scale, _captions) = (set, paths, samples.All, scale, new(recipe));
        _bins = paths.IsMultiScale ? AspectRatioBins.ForTraining(resolution) : null;
        Groups = [.. Grouped()];
    }

    /// <summary>What lies beside the latents and is read in their place, by the picture's path; the set is then another's, who disposes it. Null: the
    /// latents.</summary>
    public Func<string, NumpyArray>? Beside { get; init; }

    public long Count => _samples.Count;

    public IReadOnlyList<SampleGroup> Groups { get; }

    public Tensor Read(IReadOnlyList<SampleVisit> samples, BatchNoise posterior)
    {
        using var scope = TensorScope.Begin();
        var first = _samples[(int)samples[0].Index];
        var part = first.Channels * first.Height * first.Width;
        var values = new float[samples.Count * part];
        long[] shape = [samples.Count, first.Channels, first.Height, first.Width];
        var noise = _scale.SamplePosterior ? posterior.Normal(shape).ToArray<float>() : null;
        ParallelLoop.Run(samples.Count, i =>
        {
            var stored = FeatureFiles.Numbers(Stored(NameOf(samples[i].Index)), NameOf(samples[i].Index));
            for (var j = 0; j < part; j++)
            {
                var value = noise is null ? stored[j] : stored[j] + (stored[part + j] * noise[(i * part) + j]);
                values[(i * part) + j] = (float)((value - _scale.Shift) * _scale.Factor);
            }
        });
        return scope.Keep(Tensor.FromArray(values, shape));
    }

    public PictureShape Shape(long index)
    {
        var sample = _samples[(int)index];
        var (height, width) = (sample.Height * _scale.Downsampling, sample.Width * _scale.Downsampling);
        if (_bins is null) return new(height, width, height, width, 1);
        var listed = _set is DataInfoSet list ? list.ListedSize(sample.Index) : null;
        var (original, across) = listed ?? (height, width);
        return new(height, width, original, across, _bins.Closest((double)height / width).Ratio);
    }

    public string Caption(long index, long visit) => _captions.Choose(_set.TextOf(_samples[(int)index].Index), new(index, visit));

    public void Dispose()
    {
        if (Beside is null) _set.Dispose();
    }

    NumpyArray Stored(string name) => Beside is null ? NumpyFile.Read(_paths.Latents(name)) : Beside(name);

    string NameOf(long index) => _set.NameOf(_samples[(int)index].Index);

    IEnumerable<SampleGroup> Grouped()
    {
        for (var first = 0; first < _samples.Count;)
        {
            var (sample, end) = (_samples[first], first + 1);
            while (end < _samples.Count && _samples[end].Height == sample.Height && _samples[end].Width == sample.Width) end++;
            yield return SampleGroup.Range(first, end - first, sample.Height * _scale.Downsampling, sample.Width * _scale.Downsampling);
            first = end;
        }
    }
}
