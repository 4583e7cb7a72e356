using PixArt.Diffusion;

namespace PixArt.Pipelines;

/// <summary>Where the parts of a pipeline are that do not lie under their own names in its folder: experts, autoencoder and text
/// encoder that its manifest names, and models that are named by hub ids.</summary>
sealed class PartPlaces
{
    const string Transformer = "transformer";

    readonly Dictionary<string, string> _parts = new(StringComparer.Ordinal);
    readonly IReadOnlyDictionary<PartName, string> _downloaded;

    /// <param name="folder">The pipeline's folder.</param>
    /// <param name="manifest">Its manifest of experts, where it has one.</param>
    /// <param name="downloaded">Folders of the models that are named by hub ids.</param>
    /// <param name="transformer">A transformer in place of the folder's own.</param>
    public PartPlaces(string folder, ExpertManifest? manifest, IReadOnlyDictionary<PartName, string>? downloaded, string? transformer = null)
    {
        _downloaded = downloaded ?? new Dictionary<PartName, string>();
        if (transformer is not null)
        {
            if (manifest is not null) throw new InvalidSettingException("transformer", transformer, "a model without experts, whose transformer it can replace");
            var place = Find(new PartName(Transformer, transformer)) ?? transformer;
            var inside = Path.Combine(place, Transformer);
            _parts[Transformer] = Directory.Exists(inside) ? inside : place;
        }

        if (manifest is null) return;
        foreach (var named in Named(manifest))
        {
            // What lies beside the manifest, or under an absolute path, comes before a hub id.
            var beside = Path.Combine(folder, named.Name);
            _parts[named.Component is null or Transformer ? named.Name : named.Component] = (Path.Exists(beside) ? null : Find(named)) ?? beside;
        }
    }

    /// <summary>The folder of a part that the manifest names: <c>vae</c>, <c>text_encoder</c>, or an expert's weights; null: it lies
    /// under its own name.</summary>
    public string? Find(string part) => _parts.GetValueOrDefault(part);

    /// <summary>The folder of a model that was downloaded; null: it was not.</summary>
    public string? Find(PartName part) => _downloaded.GetValueOrDefault(part);

    /// <summary>What a manifest names, any of which may be a hub id.</summary>
    public static IEnumerable<PartName> Named(ExpertManifest manifest)
    {
        foreach (var expert in manifest.Experts) yield return new(expert.Kind is "lora" ? null : Transformer, expert.Weights);
        if (manifest.Vae?.Id is { } vae) yield return new("vae", vae);
        if (manifest.TextEncoder?.Id is { } encoder) yield return new("text_encoder", encoder);
    }
}
