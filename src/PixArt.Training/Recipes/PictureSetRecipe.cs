namespace PixArt.Training.Recipes;

/// <summary>One set of captioned pictures.</summary>
public sealed record PictureSetRecipe
{
    /// <summary>How it is laid out: folder, dataInfo, sam, webDataset or parquet.</summary>
    public DataKind Kind { get; set; } = DataKind.Folder;

    /// <summary>Where it lies.</summary>
    public string Folder { get; set; } = "";

    /// <summary>dataInfo: the JSON file below the folder (data_info.json). webDataset and parquet: a pattern of file names (*.tar,
    /// *.parquet).</summary>
    public string? File { get; set; }

    /// <summary>dataInfo: the folder of images; null: the repositories' rule, "InternImgs" in the place of "InternData".</summary>
    public string? Images { get; set; }

    /// <summary>The field or column of captions; null: what the layout calls it (prompt; text, caption or prompt).</summary>
    public string? Caption { get; set; }

    /// <summary>The field or column of long captions; null: sharegpt4v or long_caption.</summary>
    public string? LongCaption { get; set; }

    /// <summary>parquet: the column of images; null: image, img, jpg or png.</summary>
    public string? Image { get; set; }

    /// <summary>Visits of each picture in an epoch, above 0: 2 shows each twice, 0.5 in every other epoch.</summary>
    public double Repeats { get; set; } = 1;

    /// <summary>The set's share among all, in units of one's own choice; all sets of the recipe have a weight or none. Null: sets
    /// count by their pictures.</summary>
    public double? Weight { get; set; }

    internal void Validate(string field)
    {
        if (Kind is DataKind.Scenes or DataKind.Sets)
            throw new InvalidSettingException(field + ".kind", RecipeJson.Name(Kind), "folder, dataInfo, sam, webDataset or parquet");
        if (Folder.Length == 0) throw new InvalidSettingException(field + ".folder", Folder, "the folder of the set");
        if (!(Repeats > 0 && double.IsFinite(Repeats))) throw new InvalidSettingException(field + ".repeats", Repeats, "a number above 0");
        if (Weight is { } weight && !(weight > 0 && double.IsFinite(weight)))
            throw new InvalidSettingException(field + ".weight", Weight, "a number above 0, or null");
    }
}
