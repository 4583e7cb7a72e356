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

    /// <summary>Number of different samples, or null for as many as there are (scenes never end).</summary>
    public long? Count { get; set; }

    /// <summary>Which scenes there are; other seeds give other scenes.</summary>
    public ulong Seed { get; set; } = 1;

    /// <summary>Which scenes how often.</summary>
    public SceneDistribution Scenes { get; set; } = new();

    /// <summary>Which combinations scenes may show: training, heldOutPairs, heldOutPlacings or everything.</summary>
    public SceneSplit Split { get; set; } = SceneSplit.Training;

    /// <summary>Side in pixels that images are cropped and resized to; scenes have their own.</summary>
    public int Size { get; set; } = 128;

    /// <summary>What is done to captions before they are tokenized: clean (diffusers' default), lowerCase or raw. A model folder
    /// tells its pipeline, so that prompts are prepared alike.</summary>
    public CaptionPreparation Captions { get; set; } = CaptionPreparation.Clean;

    internal void Validate()
    {
        if (Kind == DataKind.Folder && string.IsNullOrEmpty(Folder))
            throw new InvalidSettingException("data.folder", Folder, "a folder of images");
        if (Count is < 1) throw new InvalidSettingException("data.count", Count, "1 or more, or null");
        Scenes.Validate();
        if (Size < 8) throw new InvalidSettingException("data.size", Size, "8 or more pixels");
    }
}
