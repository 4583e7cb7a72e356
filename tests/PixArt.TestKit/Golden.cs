using System.Text.Json;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.TestKit;

/// <summary>One golden: its document and its tensors.</summary>
public sealed class Golden : IDisposable
{
    readonly JsonDocument _document;
    readonly SafetensorsFile? _tensors;
    WeightsSource? _source;

    public Golden(GoldenSet set, string name)
    {
        Name = name;
        Set = set;
        _document = JsonDocument.Parse(File.ReadAllBytes(set.PathOf(name + ".json")));
        var tensors = set.PathOf(name + ".safetensors");
        if (!File.Exists(tensors)) return;
        _tensors = SafetensorsFile.Open(tensors);
        _source = new WeightsSource(_tensors);
    }

    public string Name { get; }

    public GoldenSet Set { get; }

    /// <summary>The document.</summary>
    public JsonElement Json => _document.RootElement;

    /// <summary>The document's <c>config</c>.</summary>
    public JsonElement Config => Json.GetProperty("config");

    /// <summary>Tensor names; empty when the golden has no tensors.</summary>
    public IEnumerable<string> TensorNames => _tensors?.Tensors.Keys ?? [];

    /// <summary>The tensor file.</summary>
    public SafetensorsFile Tensors => _tensors ?? throw new InvalidOperationException($"{Name} has no tensors");

    /// <summary>Names of <c>cases</c> (its keys; of a list, its indices); without them the first parts of the tensors' names,
    /// weights apart; without tensors one case with an empty name.</summary>
    public IReadOnlyList<string> CaseNames
    {
        get
        {
            if (Json.TryGetProperty("cases", out var cases))
            {
                return cases.ValueKind == JsonValueKind.Object
                    ? [.. cases.EnumerateObject().Select(c => c.Name)]
                    : [.. Enumerable.Range(0, cases.GetArrayLength()).Select(i => $"{i}")];
            }

            var groups = TensorNames.Select(n => n.Split('/')[0])
                .Where(n => n is not ("w" or "w_orig" or "in")).Distinct(StringComparer.Ordinal).ToArray();
            return groups.Length > 0 ? groups : [""];
        }
    }

    /// <summary>The document's entry of a case.</summary>
    public JsonElement Case(string name)
    {
        var cases = Json.GetProperty("cases");
        return cases.ValueKind == JsonValueKind.Object
            ? cases.GetProperty(name)
            : cases[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)];
    }

    public bool Has(string tensor) => _tensors?.Tensors.ContainsKey(tensor) ?? false;

    public long[] Shape(string tensor) => [.. Tensors[tensor].Shape];

    /// <summary>A tensor's values, whatever its type, as doubles.</summary>
    public double[] Doubles(string tensor) => Values.ToDoubles(Tensors[tensor].Type, Tensors.Bytes(tensor));

    /// <summary>A tensor of its own type on the <see cref="TestDevice"/>; the caller owns it, outside of every scope.</summary>
    public Tensor Tensor(string name)
    {
        var read = Source.Read(name);
        if (TestDevice.Current == Device.Cpu) return read;
        using (read) return TensorScope.Release(read.To(TestDevice.Current));
    }

    /// <summary>A model's parameters, out of the tensors whose names begin with <paramref name="prefix"/>, on the <see cref="TestDevice"/>.</summary>
    public ParameterStore Store(string prefix = "w/", ScalarType dtype = ScalarType.Float32) => new(Weights(prefix), dtype, TestDevice.Current);

    /// <summary>The tensors whose names begin with <paramref name="prefix"/>, as a model's weights.</summary>
    public IParameterSource Weights(string prefix = "w/") => new PrefixSource(Source, prefix);

    /// <summary>The tensors under <c>w_orig/</c>, which have the original repositories' names, asked for by diffusers' names.</summary>
    public IParameterSource OriginalWeights() => Source.Renamed(KeyMaps.PixArtOriginal, "w_orig/");

    WeightsSource Source => _source ?? throw new InvalidOperationException($"{Name} has no tensors");

    public void Dispose()
    {
        _document.Dispose();
        _source?.Dispose();
        _source = null;
    }
}
