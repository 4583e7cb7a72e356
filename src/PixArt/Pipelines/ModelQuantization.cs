using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Writes models whose linear layers are 8-bit integers (<see cref="Quantization"/>): half the bytes of a bfloat16 model, for the
/// text encoder and the transformers. Everything else stays as it is.</summary>
public static class ModelQuantization
{
    const string TextEncoder = "text_encoder";

    // Tables of vectors are looked up, not multiplied; the decoder of a whole T5 is not needed.
    static readonly string[] s_tables = ["shared.weight", "embed_tokens.weight", "relative_attention_bias.weight"];
    static readonly string[] s_unneeded = ["decoder.", "lm_head."];

    /// <summary>Quantises a model folder, or the folder of one text encoder or transformer. The output is written beside its name and
    /// renamed: it is whole or not there.</summary>
    /// <param name="model">The folder.</param>
    /// <param name="output">The new folder; nothing may be there yet.</param>
    /// <param name="components">Which components of a model folder: <c>text_encoder</c>, <c>transformer</c> or an expert's folder; null: all.</param>
    /// <param name="cancellation">Ends the work between two files.</param>
    /// <returns>What became of each quantised component.</returns>
    /// <exception cref="PixArtException">A folder or file is missing or damaged, something is there already, or writing failed.</exception>
    public static IReadOnlyList<QuantizedComponent> Write(
        string model, string output, IReadOnlyCollection<string>? components = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return NewFolder.Write<IReadOnlyList<QuantizedComponent>>(output, work => File.Exists(Path.Combine(model, ModelFolder.IndexName))
            ? Model(model, work, components, cancellation)
            : [Component(new ComponentFolder(model), Path.GetFileName(Path.GetFullPath(model)), work)]);
    }

    static List<QuantizedComponent> Model(string model, string work, IReadOnlyCollection<string>? components, CancellationToken cancellation)
    {
        string[] able = [TextEncoder, .. NewModel.Transformers(model)];
        if (components?.FirstOrDefault(name => !able.Contains(name, StringComparer.Ordinal)) is { } unknown)
            throw new InvalidSettingException("components", unknown, string.Join(", ", able));
        var done = new List<QuantizedComponent>();
        NewModel.Copy(model, work, (from, to) =>
        {
            var name = Path.GetFileName(from);
            var chosen = able.Contains(name, StringComparer.Ordinal) && components?.Contains(name, StringComparer.Ordinal) != false;
            if (chosen) done.Add(Component(new ComponentFolder(from), name, to));
            return chosen;
        }, cancellation);
        return done;
    }

    static QuantizedComponent Component(ComponentFolder folder, string name, string to)
    {
        using var source = folder.OpenWeights();
        if (source.IsQuantized) throw new InvalidSettingException($"{folder.Path}: weights", "8-bit integers already", "floating-point weights");
        NewModel.CopyWords(folder, to);
        string[] names = [.. source.Names.Where(n => !s_unneeded.Any(prefix => n.StartsWith(prefix, StringComparison.Ordinal)))];
        var isText = names.Any(n => n.StartsWith("encoder.block.", StringComparison.Ordinal));
        if (!isText && !names.Any(n => n.StartsWith("transformer_blocks.", StringComparison.Ordinal)))
            throw new InvalidSettingException($"{folder.Path}: weights", "of another kind", "those of a text encoder or a transformer");
        SafetensorsShards.Write(to, isText ? "model" : "diffusion_pytorch_model", names.SelectMany(n => Written(source, n)));
        return new(name, names.Sum(n => source.Find(n)!.StoredBytes), Directory.GetFiles(to, "*.safetensors").Sum(f => new FileInfo(f).Length));
    }

    static bool IsMatrix(string name, StoredTensor tensor) =>
        tensor.Shape.Count == 2 && name.EndsWith(".weight", StringComparison.Ordinal) && tensor.Type.ToScalarType()?.IsFloatingPoint() == true
        && !s_tables.Any(table => name.EndsWith(table, StringComparison.Ordinal));

    // The writer takes scales before integers, each when its turn comes: no more than a matrix is in memory.
    static IEnumerable<TensorToWrite> Written(WeightsSource source, string name)
    {
        var stored = source.Find(name)!;
        if (!IsMatrix(name, stored)) return [.. source.ToWrite().Where(t => string.Equals(t.Name, name, StringComparison.Ordinal))];
        long[] shape = [.. stored.Shape];
        Tensor Part(bool scale)
        {
            using var scope = TensorScope.Begin();
            using var matrix = source.Load(name, shape, ScalarType.Float32, Device.Cpu)!;
            try
            {
                var (integers, scales) = Quantization.Quantize(matrix);
                return TensorScope.Release(scale ? scales : integers);
            }
            catch (InvalidSettingException reason)
            {
                throw new WeightsException(WeightsErrorKind.UnsupportedType, source.Path, name, $"cannot become 8-bit integers: {reason.Message}", reason);
            }
        }
        return
        [
            TensorToWrite.FromLoader(name + Quantization.ScaleSuffix, ScalarType.Float32, [shape[0], 1], () => Part(scale: true)),
            TensorToWrite.FromLoader(name, ScalarType.Int8, shape, () => Part(scale: false)),
        ];
    }
}
