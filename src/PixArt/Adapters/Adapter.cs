using PixArt.Weights;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Adapters;

/// <summary>
/// An open adapter: small changes to the weights of a model. Reads LoRA, rsLoRA, DoRA, LoHa and LoKr as peft, diffusers, the
/// PixArt repositories, kohya's and OneTrainer's trainers, ComfyUI and LyCORIS write them, in safetensors or PyTorch files.
/// </summary>
public sealed class Adapter : IDisposable
{
    static readonly string[] s_names =
        ["adapter_model.safetensors", "adapter_model.bin", "pytorch_lora_weights.safetensors", "pytorch_lora_weights.bin"];

    readonly WeightsSource _source;

    Adapter(string path, WeightsFile file, WeightsSource source)
    {
        (Path, _source) = (path, source);
        Scaling = AdapterScaling.Of(file);
        Layers = ReadLayers();
    }

    /// <summary>The file or folder as it was named.</summary>
    public string Path { get; }

    internal IReadOnlyList<AdapterLayer> Layers { get; }

    internal AdapterScaling Scaling { get; }

    /// <summary>Opens an adapter and checks that its tensors belong together; whether it fits a model, <see cref="AdapterStack"/> says.</summary>
    /// <param name="path">A file, or a folder with <c>adapter_model.safetensors</c> or <c>pytorch_lora_weights.safetensors</c>.</param>
    /// <exception cref="WeightsException">It is not there, is damaged, or holds a tensor that is none of an adapter.</exception>
    public static Adapter Open(string path)
    {
        var file = WeightsFile.Open(WeightFiles(path)[0]);
        try
        {
            return new(path, file, new WeightsSource(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether tensor names are those of an adapter file.</summary>
    public static bool Recognises(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var any = false;
        foreach (var name in names)
        {
            if (AdapterKey.Parse(name) is null) return false;
            any = true;
        }

        return any;
    }

    /// <summary>What it is, for people: <c>LoRA of rank 16 on 226 layers</c>.</summary>
    public override string ToString()
    {
        var kinds = string.Join(" and ", Layers.Select(layer => layer.Kind).Distinct(StringComparer.Ordinal));
        var ranks = Layers.Select(layer => layer.Rank).OfType<long>().Distinct().Order().ToArray();
        var rank = ranks.Length switch
        {
            0 => "",
            1 => $" of rank {ranks[0]}",
            _ => $" of ranks {ranks[0]} to {ranks[^1]}",
        };
        return $"{(Scaling.RootOfRank ? "rank-stabilised " : "")}{kinds}{rank} on {Layers.Count} {(Layers.Count == 1 ? "layer" : "layers")}";
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _source.Dispose();

    List<AdapterLayer> ReadLayers()
    {
        var byLayer = new OrderedDictionary<string, AdapterTensors>(StringComparer.Ordinal);
        foreach (var name in _source.Names.Order(StringComparer.Ordinal))
        {
            if (AdapterKey.Parse(name) is not { } key)
                throw new WeightsException(UnexpectedTensors, _source.Path, name, "is not a tensor of a LoRA, DoRA, LoHa or LoKr adapter");
            if (!byLayer.TryGetValue(key.Layer, out var tensors)) byLayer.Add(key.Layer, tensors = new(_source, key.Layer));
            tensors.Add(key.Role, name);
        }

        if (byLayer.Count == 0) throw new WeightsException(TensorNotFound, _source.Path, null, "holds no tensors");
        return [.. byLayer.Values.Select(Layer)];
    }

    /// <summary>The file that holds an adapter's weights: itself, or the one of its folder.</summary>
    internal static IReadOnlyList<string> WeightFiles(string path) =>
    [
        Directory.Exists(path)
            ? s_names.Select(n => System.IO.Path.Combine(path, n)).FirstOrDefault(File.Exists)
                ?? throw new WeightsException(NotFound, path, null, $"holds no adapter: expected {string.Join(", ", s_names)}")
            : path,
    ];

    static AdapterLayer Layer(AdapterTensors tensors)
    {
        if (tensors.Has(AdapterRole.Hada1A) || tensors.Has(AdapterRole.Hada2A)) return new HadamardLayer(tensors);
        if (tensors.Has(AdapterRole.Kron1) || tensors.Has(AdapterRole.Kron1A)) return new KroneckerLayer(tensors);
        return new LowRankLayer(tensors);
    }
}
