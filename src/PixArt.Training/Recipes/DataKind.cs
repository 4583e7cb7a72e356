namespace PixArt.Training.Recipes;

/// <summary>Where training data come from.</summary>
public enum DataKind
{
    /// <summary>Captioned scenes that are composed as they are needed.</summary>
    Scenes,

    /// <summary>A folder of images, each with a text file of the same name that holds its caption, or with a
    /// <c>metadata.jsonl</c>.</summary>
    Folder,

    /// <summary>The PixArt repositories' layout: a <c>data_info.json</c> that lists images, sizes and captions.</summary>
    DataInfo,

    /// <summary>The SA1B layout: <c>partition/</c>, <c>images/</c>, <c>captions/</c>.</summary>
    Sam,

    /// <summary>Tar shards in the manner of WebDataset: files of one name make a sample.</summary>
    WebDataset,

    /// <summary>Parquet files with embedded images, as Hugging Face's data sets have them; needs DuckDB's library.</summary>
    Parquet,

    /// <summary>Several of these together.</summary>
    Sets,
}
