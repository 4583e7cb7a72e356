using PixArt.Text;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Features;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Reads the batches that a transformer is trained on, this process's part of each. What is drawn depends on the pass alone.</summary>
/// <param name="recipe">What is trained.</param>
/// <param name="parts">Data and tokenizer; they stay their owner's.</param>
sealed class TransformerBatches(TransformerRecipe recipe, TransformerParts parts)
{
    readonly BatchOrder _order = new(parts.Latents.Groups, recipe.BatchSize, recipe.Seed);
    readonly BatchOrder? _priorOrder = parts.Prior is { } prior ? new(prior.Groups, recipe.BatchSize, new RandomKey(recipe.Seed, RandomPurpose.PriorOrder).Value) : null;

    /// <summary>The samples of a pass, and as many of a class whose prior is preserved.</summary>
    public LatentBatch Read(long pass)
    {
        var own = Read(pass, parts.Latents, _order, recipe.Caption, part: 0);
        if (_priorOrder is null) return own;
        try
        {
            own.Prior = Read(pass, parts.Prior!, _priorOrder, recipe.Prior!.Caption, part: 1);
            return own;
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    /// <summary>Samples that are not trained on, with the captions that they have.</summary>
    public LatentBatch ReadHeldOut(SampleVisit[] samples, BatchNoise posterior) => new(
        parts.HeldOut!.Read(samples, posterior), Captions(parts.HeldOut, samples, new bool[samples.Length], null), Conditions(parts.HeldOut, samples));

    /// <summary>Prompts, then the empty one as often, for guidance. Where there is no text encoder, the samples' own captions.</summary>
    public CaptionBatch ForGuidance(IReadOnlyList<string> prompts, SampleVisit[] samples) => parts.Text is { } stored
        ? stored.Read([.. samples, .. samples], [.. samples.Select(_ => false), .. samples.Select(_ => true)])
        : CaptionBatch.From([.. prompts.Select(Prepared), .. prompts.Select(_ => "")], parts.Tokenizer!);

    /// <summary>Sizes of pictures, for a model that is told them.</summary>
    public PictureConditions? Conditions(ILatentData data, SampleVisit[] samples) => parts.Transformer.UsesAdditionalConditions
        ? PictureConditions.From([.. samples.Select(sample => data.Shape(sample.Index))])
        : null;

    LatentBatch Read(long pass, ILatentData data, BatchOrder order, string? caption, int part)
    {
        var samples = parts.Share.Of(order[pass]);
        using var generator = new RandomKey(recipe.Seed, RandomPurpose.Posterior, pass, part).Generator();
        var posterior = new BatchNoise(generator, parts.Share);
        // Latents first: a broken picture is replaced by another, and the caption follows it.
        var latents = data.Read(samples, posterior);
        try
        {
            return new LatentBatch(latents, Captions(samples, data, caption, pass, part), Conditions(data, samples))
            {
                Empty = recipe.Consistency is null && recipe.DistributionMatching is null ? null : EmptyCaptions(samples),
                Control = parts.Conditions?.Read(samples, posterior),
                Noise = parts.Noise?.Read(samples, posterior),
                NameOf = (i, timestep) => $"sample {samples[i].Index} ('{caption ?? data.Caption(samples[i].Index, samples[i].Visit)}') at timestep {timestep}",
            };
        }
        catch
        {
            latents.Dispose();
            throw;
        }
    }

    CaptionBatch Captions(SampleVisit[] samples, ILatentData data, string? caption, long pass, int part)
    {
        var random = new RandomKey(recipe.Seed, RandomPurpose.CaptionDropout, pass, part).Stream();
        var all = new bool[recipe.BatchSize];
        for (var i = 0; i < all.Length; i++) all[i] = random.NextDouble() < recipe.CaptionDropout;
        var dropped = parts.Share.Of(all);
        return parts.Text is { } stored && part == 0 ? stored.Read(samples, dropped) : Captions(data, samples, dropped, caption);
    }

    CaptionBatch Captions(ILatentData data, SampleVisit[] samples, bool[] dropped, string? caption) => CaptionBatch.From(
        [.. samples.Select((sample, i) => dropped[i] ? "" : Prepared(caption ?? data.Caption(sample.Index, sample.Visit)))], parts.Tokenizer!);

    CaptionBatch EmptyCaptions(SampleVisit[] samples) => parts.Text is { } stored
        ? stored.Read(samples, [.. samples.Select(_ => true)])
        : CaptionBatch.From([.. samples.Select(_ => "")], parts.Tokenizer!);

    string Prepared(string caption) => recipe.Data.Captions.Apply(caption);
}
