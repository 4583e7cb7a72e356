using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>Converts a pipeline's folder, component by component.</summary>
static class PipelineConversion
{
    static readonly string[] s_weights = [".safetensors", ".bin", ".gguf", ".pth", ".pt", ".ckpt", ".msgpack", ".h5", ".onnx"];

    /// <summary>The transformer of a pipeline, with its ControlNet where the folder has one.</summary>
    public static OpenComponent OpenTransformer(string pipeline, ConversionOptions options)
    {
        var transformer = ModelFolder.Open(pipeline).Component("transformer").Path;
        var control = Path.Combine(pipeline, "controlnet");
        if (!Directory.Exists(control)) return WeightsConversion.Whole(transformer, options);
        var pair = OpenComponent.OpenPair(transformer, control, options);
        try
        {
            pair.Identity.EnsureWhole(pair.Weights);
            return pair;
        }
        catch
        {
            pair.Dispose();
            throw;
        }
    }

    /// <summary>Writes a pipeline.</summary>
    /// <param name="from">The pipeline's folder.</param>
    /// <param name="to">The new folder.</param>
    /// <param name="options">How.</param>
    /// <param name="replaced">A model that takes the place of the pipeline's own; null: none.</param>
    /// <param name="cancellation">Ends it.</param>
    public static void Write(string from, string to, ConversionOptions options, OpenComponent? replaced, CancellationToken cancellation)
    {
        ModelFolder.Open(from);
        var place = replaced is null ? null : PlaceOf(replaced);
        foreach (var folder in Directory.GetDirectories(from).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder);
            if (name.StartsWith('.') || string.Equals(name, place, StringComparison.Ordinal)) continue;
            var target = Path.Combine(to, name);
            if (HasWeights(folder)) Component(folder, target, options, cancellation);
            else NewFolder.Copy(folder, target, cancellation);
        }

        foreach (var file in Directory.GetFiles(from).Where(file => !IsWeights(file)))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        if (replaced is null) return;
        // A ControlNet with its base model makes two folders of the pipeline itself.
        var own = replaced.Identity.Kind == ModelKind.ControlNet ? to : Path.Combine(to, place!);
        ComponentOutput.WriteFolder(replaced, WeightsConversion.Cancellable(replaced.Tensors(options), cancellation), own, options);
    }

    static void Component(string folder, string target, ConversionOptions options, CancellationToken cancellation)
    {
        // What is said of the input's transformer is not said of the other parts.
        var plain = options with { Section = null, Resolution = null, InterpolationScale = null, ScalingFactor = null, Heads = null };
        using var component = WeightsConversion.Whole(folder, plain);
        ComponentOutput.WriteFolder(component, WeightsConversion.Cancellable(component.Tensors(plain), cancellation), target, plain);
        foreach (var file in Directory.GetFiles(folder))
        {
            var copy = Path.Combine(target, Path.GetFileName(file));
            if (!IsWeights(file) && !file.EndsWith(".index.json", StringComparison.Ordinal) && !File.Exists(copy)) File.Copy(file, copy);
        }
    }

    static string PlaceOf(OpenComponent component) => component.Identity.Kind switch
    {
        ModelKind.Transformer => "transformer",
        ModelKind.ControlNet when component.Weights.Has("pos_embed.proj.weight") => "transformer",
        ModelKind.Autoencoder => "vae",
        ModelKind.TextEncoder => "text_encoder",
        _ => throw new InvalidSettingException("input", component.Weights.Path, "a transformer, autoencoder or text encoder, to take its place in a pipeline"),
    };

    static bool HasWeights(string folder) => Directory.EnumerateFiles(folder).Any(IsWeights);

    static bool IsWeights(string file) => s_weights.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);
}
