using PixArt.Pipelines;
using PixArt.Text;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Recipes;

/// <summary>Where training data come from.</summary>
public sealed record DataRecipe
{
    /// <summary>Which source.</summary>
    public DataKind Kind { get; set; } = DataKind.Scenes;

    /// <summary>The folder of images, or of the emoji that scenes are composed of.</summary>
    public string? Folder { get; set; }

    /// <summary>The sets of kind <c>sets</c>.</summary>
    public IReadOnlyList<PictureSetRecipe> Sets { get; set; } = [];

    /// <summary>Number of different samples, or null for as many as there are (scenes never end). Of pictures, that many are
    /// chosen by <see cref="Seed"/>.</summary>
    public long? Count { get; set; }

    /// <summary>Which scenes there are, how pictures are cropped and flipped and captions varied; another seed does it
    /// otherwise.</summary>
    public ulong Seed { get; set; } = 1;

    /// <summary>Which scenes how often.</summary>
    public SceneDistribution Scenes { get; set; } = new();

    /// <summary>Which combinations scenes may show: training, heldOutPairs, heldOutPlacings or everything.</summary>
    public SceneSplit Split { get; set; } = SceneSplit.Training;

    /// <summary>Side in pixels of the square that pictures are cropped and scaled to; scenes have their own.</summary>
    public int Size { get; set; } = 128;

    /// <summary>Instead of one square, PixArt's 40 sizes about this side: 256, 512, 1024, 2048 or 2880; each picture goes to
    /// the nearest. Null: the square.</summary>
    public int? Buckets { get; set; }

    /// <summary>Sizes with fewer pictures than this are left out, 1 or more.</summary>
    public int SmallestBucket { get; set; } = 1;

    /// <summary>How pictures are brought to their size.</summary>
    public CropRule Crop { get; set; }

    /// <summary>Mirrors half of all visits.</summary>
    public bool Flip { get; set; }

    /// <summary>Pictures whose shorter side has fewer pixels are left out; 0 leaves none out.</summary>
    public int SmallestSide { get; set; }

    /// <summary>Pictures whose height is more than this many widths are left out, as the repositories do; null leaves none
    /// out.</summary>
    public double? LargestRatio { get; set; } = 4.5;

    /// <summary>Share of visits that show the long caption where there is one, 0 to 1: one minus what Sigma's repository calls
    /// real_prompt_ratio.</summary>
    public double LongCaptions { get; set; }

    /// <summary>Puts the comma-separated parts of captions in random order at each visit.</summary>
    public bool ShuffleTags { get; set; }

    /// <summary>Parts at the beginning that keep their place then, 0 or more.</summary>
    public int KeepTags { get; set; } = 1;

    /// <summary>What is done to captions before they are tokenized: clean (diffusers' default), lowerCase or raw. A model folder
    /// tells its pipeline, so that prompts are prepared alike.</summary>
    public CaptionPreparation Captions { get; set; } = CaptionPreparation.Clean;

    /// <summary>The sets of pictures, whichever way they are given.</summary>
    internal IReadOnlyList<PictureSetRecipe> PictureSets => Kind == DataKind.Sets ? Sets : [new() { Kind = Kind, Folder = Folder ?? "" }];

    internal void Validate()
    {
        Require(Kind is DataKind.Scenes or DataKind.Sets || !string.IsNullOrEmpty(Folder), "folder", Folder, "a folder of images");
        Require(Count is null or >= 1, "count", Count, "1 or more, or null");
        Scenes.Validate();
        Require(Size >= 8, "size", Size, "8 or more pixels");
        if (Buckets is { } side) _ = AspectRatioBins.ForTraining(side);
        Require(SmallestBucket >= 1, "smallestBucket", SmallestBucket, "1 or more");
        Require(SmallestSide >= 0, "smallestSide", SmallestSide, "0 or more pixels");
        Require(LargestRatio is null or > 0, "largestRatio", LargestRatio, "a number above 0, or null");
        Require(LongCaptions is >= 0 and <= 1, "longCaptions", LongCaptions, "0 to 1");
        Require(KeepTags >= 0, "keepTags", KeepTags, "0 or more");
        ValidateSets();
    }

    void ValidateSets()
    {
        Require(Kind == DataKind.Sets || Sets.Count == 0, "sets", $"{Sets.Count} sets", "none, or 'data.kind' sets");
        if (Kind != DataKind.Sets) return;
        Require(Sets.Count > 0, "sets", "[]", "at least one set");
        for (var i = 0; i < Sets.Count; i++) Sets[i].Validate($"data.sets[{i}]");
        var weighted = Sets.Count(set => set.Weight is not null);
        Require(weighted == 0 || weighted == Sets.Count, "sets", $"{weighted} of {Sets.Count} with a weight", "a weight for all or for none");
    }

    static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException("data." + field, value, expected);
    }
}
