using PixArt.Diffusion;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>What a model's folder passes on to one that is made from it.</summary>
static class NewModel
{
    /// <summary>Folders of a model's transformers: the experts', or the one.</summary>
    public static IReadOnlyList<string> Transformers(string model)
    {
        var manifest = Path.Combine(model, ExpertManifest.FileName);
        return File.Exists(manifest) ? [.. ExpertManifest.Read(manifest).Experts.Select(expert => expert.Weights).Distinct(StringComparer.Ordinal)] : ["transformer"];
    }

    /// <summary>Copies what a model consists of. What tells of it stays behind, as it says nothing of the new one: its card and pictures, and
    /// adapters that were trained for it, unless they are its experts.</summary>
    /// <param name="model">From where.</param>
    /// <param name="to">A folder that is there.</param>
    /// <param name="instead">Is given a component's folder and where its copy would be; true when it made one in its place.</param>
    /// <param name="cancellation">Ends it between two files.</param>
    public static void Copy(string model, string to, Func<string, string, bool> instead, CancellationToken cancellation)
    {
        foreach (var file in Directory.GetFiles(model).Where(IsPart)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        var experts = Transformers(model);
        foreach (var folder in Directory.GetDirectories(model).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder);
            if (File.Exists(Path.Combine(folder, "adapter_config.json")) && !experts.Contains(name, StringComparer.Ordinal)) continue;
            cancellation.ThrowIfCancellationRequested();
            var target = Path.Combine(to, name);
            if (!instead(folder, target)) NewFolder.Copy(folder, target, cancellation);
        }
    }

    static bool IsPart(string file) =>
        Path.GetExtension(file) == ".json" || Path.GetFileName(file).StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase);

    /// <summary>Copies a component's files that say something about its weights: not the weights nor their index.</summary>
    public static void CopyWords(ComponentFolder folder, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(folder.Path, "*.json"))
            if (!file.EndsWith(".index.json", StringComparison.Ordinal)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
