namespace PixArt.Weights;

/// <summary>How files of weights are called: as diffusers (<c>diffusion_pytorch_model</c>) or transformers (<c>model</c>,
/// <c>pytorch_model</c>) call them, whole or in shards behind an index, plain or of a variant.</summary>
static class WeightFileNames
{
    /// <summary>The name that is expected where there is none.</summary>
    public const string Usual = "diffusion_pytorch_model.safetensors";

    static readonly string[] s_stems = ["diffusion_pytorch_model", "model", "pytorch_model"];
    static readonly string[] s_endings = ["safetensors", "bin"];

    /// <summary>The file, or the index, of a component's weights: the asked-for variant before none, safetensors before PyTorch
    /// files, whole before shards.</summary>
    /// <param name="has">Whether the component has a file.</param>
    /// <param name="variant">For example <c>fp16</c>; null or empty: none.</param>
    /// <returns>The name; null when there is none.</returns>
    public static string? Choose(Predicate<string> has, string? variant)
    {
        string?[] variants = string.IsNullOrEmpty(variant) ? [null] : [variant, null];
        return (from wanted in variants
                let mark = wanted is null ? "" : $".{wanted}"
                from ending in s_endings
                from stem in s_stems
                from name in (string[])[$"{stem}{mark}.{ending}", $"{stem}.{ending}.index{mark}.json"]
                where has(name)
                select name).FirstOrDefault();
    }

    /// <summary>Whether a name is an index's.</summary>
    public static bool IsIndex(string name) =>
        name.EndsWith(".json", StringComparison.Ordinal) && name.Contains(".index.", StringComparison.Ordinal);
}
