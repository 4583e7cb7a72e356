using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>A model's weights that are open, and what is known about them.</summary>
sealed class OpenComponent : IDisposable
{
    /// <summary>Beside a transformer's weights: tables of the original layout that diffusers' has no place for.</summary>
    public const string BuffersFile = "original_buffers.safetensors";

    /// <summary>What stands before the base model's names in a ControlNet's original layout.</summary>
    public const string BaseModel = "base_model.";

    readonly WeightsSource? _buffers;

    OpenComponent(WeightsSource weights, ComponentFolder? folder)
    {
        Weights = weights;
        try
        {
            Config = folder is { HasConfig: true } ? folder.Config() : null;
            Identity = WeightsIdentity.Of(weights, Config);
            if (folder?.Has(BuffersFile) == true) _buffers = WeightsSource.Open(folder.FileOf(BuffersFile));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public WeightsSource Weights { get; }

    /// <summary>The configuration beside the weights, if there is one.</summary>
    public ConfigJson? Config { get; }

    public WeightsIdentity Identity { get; }

    /// <summary>Opens a weights file or a component's folder.</summary>
    /// <exception cref="PixArtException">It is not there, or damaged.</exception>
    public static OpenComponent Open(string path, ConversionOptions options)
    {
        if (!Directory.Exists(path))
        {
            if (!File.Exists(path)) throw new InvalidSettingException("input", path, "a weights file, a component's folder or a model folder");
            return new(options.Section is { } section ? WeightsSource.OpenSection(path, section) : WeightsSource.OpenModel(path), null);
        }

        if (options.Section is not null) throw new InvalidSettingException("section", options.Section, "a PyTorch file as input");
        var folder = new ComponentFolder(path);
        var (transformer, control) = (Path.Combine(path, "transformer"), Path.Combine(path, "controlnet"));
        return Directory.Exists(transformer) && Directory.Exists(control)
            ? OpenPair(transformer, control, options)
            : new(folder.OpenWeights(options.Variant), folder);
    }

    /// <summary>A transformer and its ControlNet, from two folders, as one.</summary>
    public static OpenComponent OpenPair(string transformer, string controlNet, ConversionOptions options)
    {
        var folder = new ComponentFolder(transformer);
        return new(WeightsSource.OpenModel([.. folder.WeightFiles(options.Variant), .. new ComponentFolder(controlNet).WeightFiles(options.Variant)]), folder);
    }

    /// <summary>The model's own tensors, under diffusers' names; of what is not known, all. The memory of each goes back when it is written.</summary>
    public IEnumerable<TensorToWrite> Tensors(ConversionOptions options) => Weights.ToWrite(options.DType)
        .Where(tensor => Identity.Kind == ModelKind.Unknown || Identity.Own.Contains(tensor.Name))
        .Select(tensor => tensor with
        {
            WriteBytes = stream =>
            {
                tensor.WriteBytes(stream);
                Weights.Release(tensor.Name);
            },
        });

    /// <summary>Tables of the original layout, under its names.</summary>
    public IEnumerable<TensorToWrite> Buffers(ConversionOptions options) => (_buffers ?? Weights).ToWrite(options.DType)
        .Select(tensor => tensor.Name.StartsWith(BaseModel, StringComparison.Ordinal) ? tensor with { Name = tensor.Name[BaseModel.Length..] } : tensor)
        .Where(tensor => tensor.Name is "pos_embed" or "y_embedder.y_embedding");

    public void Dispose()
    {
        _buffers?.Dispose();
        Weights.Dispose();
    }
}
