using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>Which caption a visit shows, and in which order its parts stand.</summary>
sealed class CaptionChoice(DataRecipe recipe)
{
    /// <summary>A caption; empty when there is none.</summary>
    /// <param name="text">What there is.</param>
    /// <param name="sample">Decides the draws.</param>
    public string Choose(PictureText text, SampleVisit sample)
    {
        var random = Stream(sample);
        var isLong = IsLong(ref random);
        var caption = (isLong ? text.Long ?? text.Short : text.Short ?? text.Long) ?? "";
        return recipe.ShuffleTags ? Shuffled(caption, ref random) : caption;
    }

    /// <summary>Whether a visit shows the long caption where there is one.</summary>
    public bool IsLong(SampleVisit sample)
    {
        var random = Stream(sample);
        return IsLong(ref random);
    }

    bool IsLong(ref SplitMix64 random) => random.NextDouble() < recipe.LongCaptions;

    SplitMix64 Stream(SampleVisit sample) => new RandomKey(recipe.Seed, RandomPurpose.CaptionChoice, sample.Index, (int)sample.Visit).Stream();

    string Shuffled(string caption, ref SplitMix64 random)
    {
        var tags = caption.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (tags.Length > recipe.KeepTags) random.Shuffle(tags.AsSpan(recipe.KeepTags));
        return string.Join(", ", tags);
    }
}
