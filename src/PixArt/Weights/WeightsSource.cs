using System.IO.Enumeration;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights.PyTorch;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights;

/// <summary>The weights of one model out of one file or several shards. A parameter of the file's own type on the CPU is a window
/// into the mapped file (private: training it does not change the file); any other is converted. Remembers what was asked for,
/// so that left-over tensors can be told.</summary>
public sealed class WeightsSource : IParameterSource, IDisposable
{
    readonly WeightsFile[] _files;
    readonly Dictionary<string, (WeightsFile File, StoredTensor Tensor)> _tensors = new(StringComparer.Ordinal);
    readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>Takes over open files; disposing the source closes them.</summary>
    /// <param name="files">At least one.</param>
    /// <exception cref="WeightsException">Two files hold a tensor of the same name.</exception>
    public WeightsSource(params IReadOnlyList<WeightsFile> files)
    {
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        _files = [.. files];
        foreach (var file in _files)
        {
            foreach (var (name, tensor) in file.Tensors)
            {
                if (_tensors.TryAdd(name, (file, tensor))) continue;
                throw new WeightsException(InvalidOffset, file.Path, name, $"is in {System.IO.Path.GetFileName(_tensors[name].File.Path)} too");
            }
        }
    }

    WeightsSource(WeightsSource from) => _files = from._files;

    /// <summary>The files that are open.</summary>
    public IReadOnlyList<WeightsFile> Files => _files;

    /// <summary>What the layout of the files is called, for messages; names here may be diffusers' nevertheless.</summary>
    public string Layout { get; private init; } = LayoutDetection.NameOf(null);

    /// <summary>What the weights come from, for messages: the file, or the first shard's folder.</summary>
    public string Path => _files.Length == 1 ? _files[0].Path : System.IO.Path.GetDirectoryName(_files[0].Path) ?? _files[0].Path;

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>Names that nobody asked for yet, in order.</summary>
    public IEnumerable<string> Unused => _tensors.Keys.Where(n => !_used.Contains(n)).Order(StringComparer.Ordinal);

    /// <summary>Opens files of either kind.</summary>
    /// <param name="paths">A safetensors or PyTorch file, or all shards.</param>
    /// <exception cref="WeightsException">One is missing or malformed.</exception>
    public static WeightsSource Open(params IReadOnlyList<string> paths)
    {
        var files = new List<WeightsFile>(paths.Count);
        try
        {
            foreach (var path in paths) files.Add(WeightsFile.Open(path));
            return new WeightsSource(files);
        }
        catch
        {
            foreach (var file in files) file.Dispose();
            throw;
        }
    }

    /// <summary>Opens the weights of a model in whatever layout they come, under diffusers names: diffusers' and transformers' own
    /// files old and new, the PixArt repositories' <c>.pth</c>, Stable Diffusion's autoencoder; wrappers' prefixes are taken off.</summary>
    /// <param name="paths">A safetensors or PyTorch file, or all shards.</param>
    /// <exception cref="WeightsException">One is missing or malformed.</exception>
    public static WeightsSource OpenModel(params IReadOnlyList<string> paths) => Open(paths).Recognised();

    /// <summary>Opens one part of a PyTorch checkpoint, under diffusers names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="section">The part, for example <c>state_dict_ema</c>.</param>
    /// <exception cref="WeightsException">The file is missing or malformed, or has no such part.</exception>
    public static WeightsSource OpenSection(string path, string section) => new WeightsSource(PickleFile.Open(path, section)).Recognised();

    WeightsSource Recognised()
    {
        try
        {
            var (prefix, map) = LayoutDetection.Detect(Names);
            return prefix.Length == 0 && map is null ? this : Renamed(map, prefix);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The same weights under diffusers names: parts of fused tensors become tensors of their own, over the same memory.
    /// Takes over the files of this source. A name that the map does not know stays, so it shows as left over; what the map leaves
    /// out stays under its own name and does not.</summary>
    /// <param name="map">From the layout that the files have; null: names stay but for the prefix.</param>
    /// <param name="prefix">Taken off names that begin with it, first.</param>
    /// <exception cref="WeightsException">A fused tensor cannot be parted, or two tensors get the same name.</exception>
    public WeightsSource Renamed(KeyMap? map, string prefix = "")
    {
        var renamed = new WeightsSource(this) { Layout = map is null ? Layout : LayoutDetection.NameOf(map) };
        foreach (var (name, (file, tensor)) in _tensors)
        {
            var bare = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
            KeyRule? rule = null;
            var ours = map?.FromForeign(bare, out rule) ?? [bare];
            for (var part = 0; part < ours.Count; part++)
            {
                var stored = StoredParts.Take(file.Path, tensor, part, ours.Count, rule is { PointwiseConvolution: true });
                if (!renamed._tensors.TryAdd(ours[part], (file, stored)))
                    throw new WeightsException(InvalidOffset, file.Path, name, $"is '{ours[part]}' in a model, which another tensor is too");
            }

            if (ours.Count > 0) continue;
            renamed._tensors.TryAdd(bare, (file, tensor));
            renamed._used.Add(bare);
        }

        return renamed;
    }

    /// <summary>Every tensor for a writer, read when its turn comes; the source must stay open until it is written.</summary>
    /// <param name="type">The type to store floating-point tensors as, and matrices that are held as 8-bit integers with row scales; null:
    /// each as it is stored (packed ones as float32).</param>
    public IEnumerable<TensorToWrite> ToWrite(ScalarType? type = null) =>
        _tensors.Where(t => type is null || !IsScale(t.Key)).Select(t => ToWrite(t.Key, t.Value.File, t.Value.Tensor, type));

    /// <summary>Whether a tensor holds the row scales of another.</summary>
    internal bool IsScale(string name) => name.EndsWith(Quantization.ScaleSuffix, StringComparison.Ordinal)
        && name[..^Quantization.ScaleSuffix.Length] is var matrix && Find(matrix) is { } stored && ScaleOf(matrix, stored) is not null;

    TensorToWrite ToWrite(string name, WeightsFile file, StoredTensor tensor, ScalarType? type)
    {
        if (type is { } wide && ScaleOf(name, tensor) is { } scale)
            return TensorToWrite.FromLoader(name, wide, tensor.Shape, () => Dequantized(name, scale, wide, Device.Cpu));
        if (type is not { } wanted || tensor.Type == wanted.ToStoredType() || tensor.Type.ToScalarType()?.IsFloatingPoint() != true)
            return new(name, tensor.Type, tensor.Shape, stream => file.Write(tensor, stream));
        return TensorToWrite.FromLoader(name, wanted, tensor.Shape, () => file.Load(tensor, wanted));
    }

    /// <summary>Whether there is such a tensor; asking does not count as use.</summary>
    public bool Has(string name) => _tensors.ContainsKey(name);

    /// <summary>What is stored under a name, or null; asking does not count as use.</summary>
    public StoredTensor? Find(string name) => _tensors.TryGetValue(name, out var found) ? found.Tensor : null;

    /// <summary>A tensor that is there, with its file.</summary>
    internal (WeightsFile File, StoredTensor Tensor) Stored(string name) => _tensors[name];

    /// <summary>A tensor as it is stored, on the CPU; the caller owns it. It counts as used.</summary>
    /// <exception cref="WeightsException">There is none, or its type cannot be computed with.</exception>
    public Tensor Read(string name)
    {
        if (!_tensors.TryGetValue(name, out var found)) throw Missing(name, null);
        _used.Add(name);
        return found.File.Load(found.Tensor);
    }

    /// <inheritdoc/>
    /// <exception cref="WeightsException">The tensor has another shape, or a type that cannot be computed with.</exception>
    public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
    {
        if (!_tensors.TryGetValue(name, out var found)) return null;
        CheckShape(name, found, shape);
        if (ScaleOf(name, found.Tensor) is { } scale && dtype.IsFloatingPoint()) return Dequantized(name, scale, dtype, device);
        _used.Add(name);
        return found.File.Load(found.Tensor, dtype).As(dtype, device);
    }

    /// <inheritdoc/>
    /// <exception cref="WeightsException">The tensor has another shape, or a type that cannot be computed with.</exception>
    public Tensor? LoadStored(string name, long[] shape, ScalarType dtype, Device device)
    {
        if (!Holds(name, shape)) return null;
        var stored = _tensors[name].Tensor;
        if (stored.Blocks is not null || stored.Type.ToScalarType() is not { } type) return Load(name, shape, dtype, device);
        var small = type.IsFloatingPoint() ? type.ByteSize() < dtype.ByteSize() : ScaleOf(name, stored) is not null;
        return small ? Read(name).As(type, device) : Load(name, shape, dtype, device);
    }

    /// <inheritdoc/>
    /// <exception cref="WeightsException">The tensor has another shape.</exception>
    public bool Holds(string name, long[] shape)
    {
        if (!_tensors.TryGetValue(name, out var found)) return false;
        CheckShape(name, found, shape);
        _used.Add(name);
        if (ScaleOf(name, found.Tensor) is { } scale) _used.Add(scale);
        return true;
    }

    /// <inheritdoc/>
    public void Prefetch(string prefix) => Advise(prefix, needed: true);

    /// <inheritdoc/>
    public void Release(string prefix) => Advise(prefix, needed: false);

    /// <summary>Whether some matrix is held as 8-bit integers with a scale for each row.</summary>
    public bool IsQuantized => _tensors.Any(t => ScaleOf(t.Key, t.Value.Tensor) is not null);

    // The name of the row scales of 8-bit integers, where they are there.
    string? ScaleOf(string name, StoredTensor tensor)
    {
        if (tensor is not { Type: StoredType.I8, Shape.Count: 2 }) return null;
        var scale = name + Quantization.ScaleSuffix;
        return _tensors.ContainsKey(scale) ? scale : null;
    }

    Tensor Dequantized(string name, string scale, ScalarType dtype, Device device)
    {
        using var weight = Read(name);
        using var factors = Load(scale, [weight.Size(0), 1], ScalarType.Float32, Device.Cpu)!;
        return TensorScope.Release(Functional.Dequantize(weight, factors, dtype)).As(dtype, device);
    }

    void Advise(string prefix, bool needed)
    {
        foreach (var (name, (file, tensor)) in _tensors)
            if (name.StartsWith(prefix, StringComparison.Ordinal)) file.Mapping.Advise(tensor.Offset, tensor.StoredBytes, needed);
    }

    static void CheckShape(string name, (WeightsFile File, StoredTensor Tensor) found, long[] shape)
    {
        if (found.Tensor.Shape.SequenceEqual(shape)) return;
        throw new WeightsException(
            ShapeMismatch, found.File.Path, name, $"has shape {found.Tensor.ShapeText}, expected {StoredTensor.ShowShape(shape)}{NameInFile(name, found.Tensor)}");
    }

    /// <inheritdoc/>
    public Exception Missing(string name, long[]? shape)
    {
        var expected = shape is null ? "" : $", expected shape {StoredTensor.ShowShape(shape)}";
        return new WeightsException(TensorNotFound, Path, name, $"is missing{expected}");
    }

    /// <summary>Refuses weights that the model did not ask for: a sign of a wrong configuration or a wrong file.</summary>
    /// <param name="ignore">Patterns with <c>*</c> of names that may be left over, for example <c>decoder.*</c>.</param>
    /// <exception cref="WeightsException">Some tensor was not used.</exception>
    public void EnsureAllUsed(params IReadOnlyList<string> ignore)
    {
        var left = Unused.Where(n => !ignore.Any(p => FileSystemName.MatchesSimpleExpression(p, n, ignoreCase: false))).ToArray();
        if (left.Length == 0) return;
        var shown = string.Join(", ", left.Take(5).Select(WeightsException.Shorten));
        throw new WeightsException(
            UnexpectedTensors, _tensors[left[0]].File.Path, null,
            $"holds {left.Length} {(left.Length == 1 ? "tensor" : "tensors")} that the model does not know: {shown}{(left.Length > 5 ? ", ..." : "")}");
    }

    static string NameInFile(string name, StoredTensor tensor) =>
        name.Equals(tensor.Name, StringComparison.Ordinal) ? "" : $" (in the file: '{WeightsException.Shorten(tensor.Name)}')";

    /// <summary>Closes the files. Tensors over their memory stay good.</summary>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }
}
