using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Features.Repository;

/// <summary>Text features out of the repositories' .npz files. Padding behind the longest caption of a batch is left out: it is
/// masked in any case.</summary>
sealed class RepositoryText : ITextFeatures
{
    readonly IPictureSet _set;
    readonly FeaturePaths _paths;
    readonly IReadOnlyList<FeatureSample> _samples;
    readonly CaptionChoice _captions;
    readonly float[] _empty;
    readonly int _width;
    readonly int _emptyTokens;

    /// <param name="set">The listed pictures; belongs to the caller.</param>
    /// <param name="paths">Where features lie.</param>
    /// <param name="samples">Those that are whole.</param>
    /// <param name="recipe">Which captions are shown.</param>
    /// <param name="nullText">The file of the empty prompt's features, or null: the usual name in the root.</param>
    /// <exception cref="PixArtException">It cannot be read, or is of another width.</exception>
    public RepositoryText(IPictureSet set, FeaturePaths paths, FeatureSamples samples, DataRecipe recipe, string? nullText)
    {
        (_set, _paths, _samples, _captions) = (set, paths, samples.All, new(recipe));
        (_, _width, _) = FeatureFiles.ReadText(paths.Text(set.NameOf(_samples[0].Index)));
        var file = nullText ?? paths.NullText(paths.Tokens);
        if (!File.Exists(file)) throw new InvalidSettingException("features.nullText", file, "the file of the empty prompt's features");
        using var source = WeightsSource.Open(file);
        using var features = source.Read("uncond_prompt_embeds");
        using var mask = source.Read("uncond_prompt_embeds_mask");
        using var single = features.To(ScalarType.Float32);
        using var marks = mask.To(ScalarType.Float32);
        _emptyTokens = Math.Max(1, marks.ToArray<float>().Count(value => value != 0));
        if (features.Size(features.Rank - 1) != _width)
            throw new InvalidSettingException("features.nullText", file, $"features of width {_width}, like those of the captions");
        _empty = single.ToArray<float>();
    }

    public CaptionBatch Read(IReadOnlyList<SampleVisit> samples, IReadOnlyList<bool> dropped)
    {
        var read = new (float[] Features, int Tokens)[samples.Count];
        ParallelLoop.Run(samples.Count, i => read[i] = dropped[i] ? (_empty, _emptyTokens) : Read(samples[i]));
        var longest = read.Max(text => text.Tokens);
        var features = new float[samples.Count * longest * _width];
        var mask = new long[samples.Count * longest];
        for (var i = 0; i < read.Length; i++)
        {
            read[i].Features.AsSpan(0, read[i].Tokens * _width).CopyTo(features.AsSpan(i * longest * _width));
            mask.AsSpan(i * longest, read[i].Tokens).Fill(1);
        }

        return new(null, Tensor.FromArray(mask, samples.Count, longest), Tensor.FromArray(features, samples.Count, longest, _width));
    }

    public void Dispose()
    {
    }

    (float[] Features, int Tokens) Read(SampleVisit sample)
    {
        var name = _set.NameOf(_samples[(int)sample.Index].Index);
        var path = _paths.Text(name);
        if (_captions.IsLong(sample) && _paths.Text(name, isLong: true) is var longer && File.Exists(longer)) path = longer;
        var (features, width, tokens) = FeatureFiles.ReadText(path);
        return width == _width ? (features, tokens) : throw new PixArtException($"{path}: features of width {width}, the first sample's have {_width}");
    }
}
