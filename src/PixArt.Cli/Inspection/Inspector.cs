using PixArt.Diffusion;
using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Weights;

namespace PixArt.Cli.Inspection;

/// <summary>Tells what a file or folder is, in lines.</summary>
internal static class Inspector
{
    /// <param name="path">A picture, a weights file, a component's folder or a model folder.</param>
    /// <param name="tensors">Whether tensors are listed.</param>
    /// <param name="section">The part of a PyTorch checkpoint; null: its weights.</param>
    /// <exception cref="PixArtException">It is none of these, or damaged.</exception>
    public static IEnumerable<string> Describe(string path, bool tensors, string? section = null)
    {
        if (Directory.Exists(path))
            return AdapterSummary.IsFolder(path) ? AdapterSummary.Of(path)
                : File.Exists(Path.Combine(path, ModelFolder.IndexName)) ? Model(ModelFolder.Open(path), tensors) : Component(new ComponentFolder(path), tensors);
        if (!File.Exists(path)) throw new InvalidSettingException("path", path, "a picture, a weights file, a component's folder or a model folder");
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => Picture(path),
            ".safetensors" or ".pth" or ".pt" or ".bin" or ".ckpt" or ".gguf" => Weights(path, tensors, section),
            _ => throw new InvalidSettingException("path", path, "a .png picture, or a .safetensors, .pth, .pt, .bin, .ckpt or .gguf weights file"),
        };
    }

    static IEnumerable<string> Picture(string path)
    {
        var texts = PngMetadata.Read(path);
        if (texts.TryGetValue(GenerationSettings.Keyword, out var settings)) return settings.Split('\n');
        if (texts.TryGetValue(GenerationSettings.ParametersKeyword, out var parameters)) return parameters.Split('\n');
        return [$"a picture without settings; texts inside: {(texts.Count == 0 ? "none" : string.Join(", ", texts.Keys))}"];
    }

    static IEnumerable<string> Weights(string path, bool tensors, string? section) =>
        [.. AdapterSummary.Of(path), .. WeightsReport.Of([path], section: section), .. tensors ? WeightsSummary.Lines(path, section) : []];

    static IEnumerable<string> Component(ComponentFolder folder, bool tensors)
    {
        if (folder.HasConfig) yield return folder.Config().ClassName ?? "a component";
        var files = folder.WeightFiles();
        foreach (var line in WeightsReport.Of(files, folder.HasConfig ? folder.Config() : null)) yield return line;
        if (!tensors) yield break;
        foreach (var line in files.SelectMany(file => WeightsSummary.Lines(file))) yield return line;
    }

    static IEnumerable<string> Model(ModelFolder model, bool tensors)
    {
        yield return model.ClassName ?? "a model folder";
        foreach (var part in model.Components.Values.Where(part => part.IsThere))
        {
            var folder = model.Component(part.Name);
            var holdsWeights = Directory.EnumerateFiles(folder.Path).Any(f => Path.GetExtension(f) is ".safetensors" or ".bin" or ".gguf");
            yield return $"{part.Name}: {part.ClassName}";
            if (!holdsWeights) continue;
            foreach (var line in WeightsReport.Of(folder.WeightFiles(), folder.HasConfig ? folder.Config() : null)) yield return $"  {line}";
            if (!tensors) continue;
            foreach (var line in folder.WeightFiles().SelectMany(file => WeightsSummary.Lines(file))) yield return $"  {line}";
        }
        var manifest = Path.Combine(model.Path, ExpertManifest.FileName);
        if (!File.Exists(manifest)) yield break;
        foreach (var expert in ExpertManifest.Read(manifest).Experts)
            yield return $"expert {expert.Name}: timesteps {expert.Interval[0]} to {expert.Interval[1] - 1}, {expert.Weights}";
    }
}
