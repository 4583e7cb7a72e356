using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights;

/// <summary>One component of a model on disk: a folder with its configuration and its weights, named as diffusers
/// (<c>diffusion_pytorch_model</c>) or transformers (<c>model</c>, <c>pytorch_model</c>) name them, whole or in shards, or a GGUF file
/// of any name.</summary>
public sealed class ComponentFolder
{
    static readonly string[] s_configs =
        ["config.json", "scheduler_config.json", "tokenizer_config.json", "preprocessor_config.json"];

    /// <summary>Names a folder; nothing is read yet.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="WeightsException">There is no such folder.</exception>
    public ComponentFolder(string path)
    {
        Path = path;
        if (!Directory.Exists(path)) throw new WeightsException(NotFound, path, null, "there is no such folder");
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Whether any configuration is there.</summary>
    public bool HasConfig => s_configs.Any(Has);

    /// <summary>Whether a file is there.</summary>
    public bool Has(string file) => File.Exists(System.IO.Path.Combine(Path, file));

    /// <summary>Path of a file that must be there.</summary>
    /// <exception cref="WeightsException">It is not.</exception>
    public string FileOf(string file) => Has(file)
        ? System.IO.Path.Combine(Path, file)
        : throw new WeightsException(NotFound, System.IO.Path.Combine(Path, file), null, "there is no such file");

    /// <summary>Reads the configuration: <c>config.json</c>, <c>scheduler_config.json</c> or <c>tokenizer_config.json</c>.</summary>
    /// <exception cref="WeightsException">There is none, or it is no JSON object.</exception>
    public ConfigJson Config() => s_configs.FirstOrDefault(Has) is { } file
        ? ConfigJson.Read(FileOf(file))
        : throw new WeightsException(NotFound, System.IO.Path.Combine(Path, s_configs[0]), null, "there is no such file");

    /// <summary>Opens the weights, in whatever layout, under diffusers names (<see cref="WeightsSource.OpenModel"/>).</summary>
    /// <inheritdoc cref="WeightFiles"/>
    public WeightsSource OpenWeights(string? variant = null) => WeightsSource.OpenModel(WeightFiles(variant));

    /// <summary>The files that hold the weights: one, or the shards of an index. safetensors is preferred to PyTorch files,
    /// the asked-for variant to none; a <c>.gguf</c> file counts where there is neither.</summary>
    /// <param name="variant">For example <c>fp16</c>; a component that lacks it gives its plain files. Of several GGUF files it
    /// chooses the one that has it in its name, for example <c>Q8_0</c>.</param>
    /// <exception cref="WeightsException">There are none, a shard is missing, or the index is not valid.</exception>
    public IReadOnlyList<string> WeightFiles(string? variant = null)
    {
        if (WeightFileNames.Choose(Has, variant) is { } name)
            return WeightFileNames.IsIndex(name) ? ShardIndex.Read(FileOf(name)).Files : [FileOf(name)];

        if (Packed(variant) is { } packed) return [packed];
        var expected = System.IO.Path.Combine(Path, WeightFileNames.Usual);
        var others = Directory.GetFiles(Path, "*.safetensors").Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal).Take(3).ToArray();
        var hint = others.Length == 0 ? "" : $"; the folder has {string.Join(", ", others)}";
        throw new WeightsException(NotFound, expected, null, $"there are no weights of this name{hint}");
    }

    string? Packed(string? variant)
    {
        var found = Directory.GetFiles(Path, "*.gguf").Order(StringComparer.Ordinal).ToArray();
        if (found.Length > 1 && !string.IsNullOrEmpty(variant))
            found = [.. found.Where(f => System.IO.Path.GetFileName(f).Contains(variant, StringComparison.OrdinalIgnoreCase))];
        if (found.Length < 2) return found.FirstOrDefault();
        var names = string.Join(", ", found.Select(System.IO.Path.GetFileName).Take(5));
        throw new WeightsException(NotFound, Path, null, $"has several GGUF files ({names}); a variant that is part of a name chooses one");
    }
}
