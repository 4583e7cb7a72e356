using PixArt.Diffusion;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>A model's folder made from another one: written beside its name, then renamed, so that it is whole or not there.</summary>
static class NewModel
{
    /// <summary>Makes a folder.</summary>
    /// <param name="output">The folder; nothing may be there yet.</param>
    /// <param name="fill">Makes the folder that it is given.</param>
    /// <exception cref="PixArtException">Something is there already, or it cannot be written.</exception>
    public static T Write<T>(string output, Func<string, T> fill)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        if (Path.Exists(output)) throw new InvalidSettingException("output", output, "a folder that is not there yet");
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        var work = $"{target}.{Guid.NewGuid():n}.tmp";
        try
        {
            Directory.CreateDirectory(work);
            var made = fill(work);
            Directory.Move(work, target);
            return made;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PixArtException($"cannot write '{output}': {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Folders of a model's transformers: the experts', or the one.</summary>
    public static IReadOnlyList<string> Transformers(string model)
    {
        var manifest = Path.Combine(model, ExpertManifest.FileName);
        return File.Exists(manifest) ? [.. ExpertManifest.Read(manifest).Experts.Select(expert => expert.Weights).Distinct(StringComparer.Ordinal)] : ["transformer"];
    }

    /// <summary>Copies what a model consists of. What tells of it stays behind, as it says nothing of the new one: its card and pictures, and
    /// adapters that were trained for it, unless its manifest names them.</summary>
    /// <param name="model">From where.</param>
    /// <param name="to">A folder that is there.</param>
    /// <param name="instead">Is given a component's folder and where its copy would be; true when it made one in its place.</param>
    /// <param name="cancellation">Ends it between two files.</param>
    public static void Copy(string model, string to, Func<string, string, bool> instead, CancellationToken cancellation)
    {
        foreach (var file in Directory.GetFiles(model).Where(IsPart)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        var manifest = Path.Combine(model, ExpertManifest.FileName);
        var named = File.Exists(manifest) ? File.ReadAllText(manifest) : "";
        foreach (var folder in Directory.GetDirectories(model).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder);
            var isNamed = named.Contains($"\"{name}\"", StringComparison.Ordinal) || named.Contains($"\"{name}/", StringComparison.Ordinal);
            if (File.Exists(Path.Combine(folder, "adapter_config.json")) && !isNamed) continue;
            cancellation.ThrowIfCancellationRequested();
            var target = Path.Combine(to, name);
            if (!instead(folder, target)) CopyAll(folder, target, cancellation);
        }
    }

    static bool IsPart(string file) =>
        Path.GetExtension(file) == ".json" || Path.GetFileName(file).StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase);

    /// <summary>Copies a folder with everything below it.</summary>
    public static void CopyAll(string from, string to, CancellationToken cancellation)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            cancellation.ThrowIfCancellationRequested();
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var folder in Directory.GetDirectories(from)) CopyAll(folder, Path.Combine(to, Path.GetFileName(folder)), cancellation);
    }

    /// <summary>Copies a component's files that say something about its weights: not the weights nor their index.</summary>
    public static void CopyWords(ComponentFolder folder, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(folder.Path, "*.json"))
            if (!file.EndsWith(".index.json", StringComparison.Ordinal)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
