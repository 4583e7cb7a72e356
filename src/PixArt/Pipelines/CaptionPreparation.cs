using PixArt.Text;

namespace PixArt.Pipelines;

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

/// <summary>Names and effect of the ways.</summary>
static class CaptionPreparations
{
    public static string Apply(this CaptionPreparation preparation, string prompt) => preparation switch
    {
        CaptionPreparation.Clean => CaptionCleaner.Preprocess(prompt),
        CaptionPreparation.LowerCase => CaptionCleaner.Preprocess(prompt, clean: false),
        _ => prompt,
    };

    /// <summary>As files spell it.</summary>
    /// <exception cref="InvalidSettingException">There is no such way.</exception>
    public static CaptionPreparation Parse(string field, string text) => text switch
    {
        "clean" => CaptionPreparation.Clean,
        "lower_case" => CaptionPreparation.LowerCase,
        "raw" => CaptionPreparation.Raw,
        _ => throw new InvalidSettingException(field, text, "clean, lower_case or raw"),
    };
}
