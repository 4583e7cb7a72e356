using System.Globalization;
using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>A ControlNet's weights wherever they lie: PixArt-δ's released files, the folders of diffusers' research code, of SimpleTuner and
/// of training here.</summary>
/// <param name="Source">The weights, under the names of <see cref="PixArtControlNet"/>.</param>
/// <param name="Config">The shape.</param>
sealed record ControlFiles(WeightsSource Source, PixArtControlNetConfig Config) : IDisposable
{
    const string Component = "controlnet";
    /// <summary>What the names of its tensors begin with.</summary>
    public const string Blocks = "controlnet_blocks.";

    const string First = Blocks + "0.after_proj.weight";

    /// <summary>Opens the weights and checks that they fit a transformer; only names and shapes are read.</summary>
    /// <param name="path">A weights file, a component's folder, or a folder with a <c>controlnet</c> component.</param>
    /// <param name="variant">Which files are preferred, as <see cref="PipelineOptions.Variant"/>.</param>
    /// <param name="transformer">The transformer that is steered.</param>
    /// <exception cref="PixArtException">There is nothing, it is no ControlNet, or it belongs to another transformer.</exception>
    public static ControlFiles Open(string path, string? variant, PixArtTransformerConfig transformer)
    {
        PixArtControlNetConfig? said = null;
        IReadOnlyList<string> files = [path];
        if (Directory.Exists(path))
        {
            var inner = Path.Combine(path, Component);
            var folder = new ComponentFolder(Directory.Exists(inner) ? inner : path);
            if (folder.HasConfig) said = folder.Config().As(PixArtControlNetConfig.Read);
            files = folder.WeightFiles(variant);
        }
        else if (!File.Exists(path))
        {
            throw new InvalidSettingException("control model", path, "a ControlNet's weights file or folder");
        }

        var source = OpenNamed(files);
        try
        {
            return new(source, Fitting(path, source, said, transformer));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => Source.Dispose();

    static WeightsSource OpenNamed(IReadOnlyList<string> files)
    {
        var source = WeightsSource.OpenModel(files);
        return source.Names.FirstOrDefault(name => name.EndsWith(First, StringComparison.Ordinal) && name.Length > First.Length) is { } wrapped
            ? source.Renamed(null, wrapped[..^First.Length]) : source;
    }

    static PixArtControlNetConfig Fitting(string path, WeightsSource source, PixArtControlNetConfig? said, PixArtTransformerConfig transformer)
    {
        if (source.Find(First) is not { Shape: [var width, _] })
            throw new InvalidSettingException("control model", path, "a ControlNet: its weights have no 'controlnet_blocks' and no 'copied_block'");
        if (width != transformer.HiddenSize)
            throw new InvalidSettingException("control model", path, $"a ControlNet of the transformer's width {transformer.HiddenSize}; this one's is {width}");
        var layers = 1 + source.Names.Where(name => name.StartsWith(Blocks, StringComparison.Ordinal))
            .Max(name => int.TryParse(name.Split('.')[1], NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : 0);
        if (said is { } config && config.NumLayers != layers)
            throw new InvalidSettingException("num_layers of the ControlNet", config.NumLayers, $"{layers}, as many blocks as its weights hold");
        return (said ?? new() { NumLayers = layers }).For(transformer);
    }
}
