using PixArt.Models;
using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Conversion;

/// <summary>Writes a model as a file or as a folder.</summary>
static class ComponentOutput
{
    /// <summary>Whether the output's name asks for a single file.</summary>
    public static bool IsFile(string output) => IsPickle(output) || output.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes one file; an older one of the name is replaced when the new one is whole.</summary>
    public static void WriteFile(OpenComponent component, IEnumerable<TensorToWrite> tensors, string output, ConversionOptions options)
    {
        var pickle = IsPickle(output);
        var layout = options.Layout ?? (pickle ? WeightsLayout.Original : WeightsLayout.Diffusers);
        var map = layout == WeightsLayout.Original ? OriginalOf(component) : null;
        if (options.Average is { } average)
        {
            if (!pickle || map is null) throw new InvalidSettingException("average", average, "a PyTorch file in the original layout as output, which has a part for it");
            WriteBoth(component, tensors, average, map, output, options);
            return;
        }

        if (map is not null) tensors = Foreign(component, tensors, map, options);
        if (pickle) PickleWriter.Write(output, tensors, map is null ? null : "state_dict");
        else SafetensorsWriter.Write(output, tensors, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
    }

    // As the original repositories' training writes checkpoints.
    static void WriteBoth(
        OpenComponent component, IEnumerable<TensorToWrite> tensors, string path, KeyMap map, string output, ConversionOptions options)
    {
        using var average = WeightsConversion.Whole(path, options with { Section = null });
        if (average.Identity.Kind != component.Identity.Kind || !average.Identity.Own.SetEquals(component.Identity.Own)
            || component.Identity.Own.Any(name => !average.Weights.Find(name)!.Shape.SequenceEqual(component.Weights.Find(name)!.Shape)))
            throw new InvalidSettingException("average", path, $"the average of the input, a {component.Identity.Kind} with the same tensors");
        PickleWriter.Write(output,
        [
            ("state_dict", [.. Foreign(component, tensors, map, options)]),
            ("state_dict_ema", [.. Foreign(average, average.Tensors(options), map, options)]),
        ]);
    }

    static IEnumerable<TensorToWrite> Foreign(OpenComponent component, IEnumerable<TensorToWrite> tensors, KeyMap map, ConversionOptions options)
    {
        if (component.Identity.Kind is not (ModelKind.Transformer or ModelKind.ControlNet)) return map.ToForeign(tensors);
        var prefix = component.Identity.Kind == ModelKind.ControlNet ? OpenComponent.BaseModel : "";
        return [.. map.ToForeign(tensors), .. component.Buffers(options).Select(tensor => tensor with { Name = prefix + tensor.Name })];
    }

    /// <summary>Writes a folder in diffusers' layout; of a ControlNet with its base model, two folders in it.</summary>
    public static void WriteFolder(OpenComponent component, IEnumerable<TensorToWrite> tensors, string folder, ConversionOptions options)
    {
        if (options.Layout == WeightsLayout.Original)
            throw new InvalidSettingException("layout", "original", "diffusers' in a folder, or a file as output");
        var all = tensors.ToList();
        if (component.Identity.Kind == ModelKind.ControlNet && component.Weights.Has("pos_embed.proj.weight"))
        {
            WritePart(component, ModelKind.Transformer, all.Where(tensor => !ControlNetFacts.IsCopy(tensor.Name)), Path.Combine(folder, "transformer"), options);
            WritePart(component, ModelKind.ControlNet, all.Where(tensor => ControlNetFacts.IsCopy(tensor.Name)), Path.Combine(folder, "controlnet"), options);
            return;
        }

        WritePart(component, component.Identity.Kind, all, folder, options);
    }

    static void WritePart(OpenComponent component, ModelKind kind, IEnumerable<TensorToWrite> tensors, string folder, ConversionOptions options)
    {
        // The configuration first: what it lacks is told before any work.
        var config = ComponentConfig.Text(component, kind, options);
        Directory.CreateDirectory(folder);
        if (config is not null) AtomicFile.WriteText(Path.Combine(folder, "config.json"), config);
        SafetensorsShards.Write(folder, kind == ModelKind.TextEncoder ? "model" : "diffusion_pytorch_model", tensors, options.ShardBytes);
        TensorToWrite[] buffers = kind == ModelKind.Transformer ? [.. component.Buffers(options)] : [];
        if (buffers.Length > 0) SafetensorsWriter.Write(Path.Combine(folder, OpenComponent.BuffersFile), buffers);
    }

    static KeyMap? OriginalOf(OpenComponent component) => component.Identity.Kind switch
    {
        ModelKind.Transformer => KeyMaps.PixArtOriginal,
        ModelKind.ControlNet when component.Weights.Has("pos_embed.proj.weight") => KeyMaps.PixArtControlNet,
        ModelKind.ControlNet => throw new InvalidSettingException("layout", "original", "a ControlNet with its base model: the original layout has both in one file"),
        ModelKind.Autoencoder => KeyMaps.StableDiffusionVae(new WeightShapes(component.Weights).Count("encoder.down_blocks.")),
        // transformers' names are T5's only ones.
        _ => null,
    };

    static bool IsPickle(string output) => Path.GetExtension(output).ToLowerInvariant() is ".pth" or ".pt" or ".bin" or ".ckpt";
}
