namespace PixArt.Text;

/// <summary>Names and effect of the ways to prepare captions.</summary>
public static class CaptionPreparations
{
    /// <summary>The caption as the tokenizer reads it.</summary>
    public static string Apply(this CaptionPreparation preparation, string prompt) => preparation switch
    {
        CaptionPreparation.Clean => CaptionCleaner.Preprocess(prompt),
        CaptionPreparation.LowerCase => CaptionCleaner.Preprocess(prompt, clean: false),
        _ => prompt,
    };

    /// <summary>As files spell it.</summary>
    /// <exception cref="InvalidSettingException">There is no such way.</exception>
    internal static CaptionPreparation Parse(string field, string text) => text switch
    {
        "clean" => CaptionPreparation.Clean,
        "lower_case" => CaptionPreparation.LowerCase,
        "raw" => CaptionPreparation.Raw,
        _ => throw new InvalidSettingException(field, text, "clean, lower_case or raw"),
    };
}
