namespace PixArt.Text;

/// <summary>What happens to a prompt before it is tokenized. A model wants what was done to its training captions.</summary>
public enum CaptionPreparation
{
    /// <summary>diffusers' PixArt pipelines with <c>clean_caption</c>: web debris removed twice, lower case. Their default.</summary>
    Clean,

    /// <summary>diffusers' PixArt pipelines without <c>clean_caption</c>: lower case, no outer spaces.</summary>
    LowerCase,

    /// <summary>Nothing, as PixArt-Σ's own repository trains and samples.</summary>
    Raw,
}
