using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>What one transformer changes of another, as an expert of kind <c>delta</c> stores it: of the tensors that differ their differences,
/// under diffusers' names.</summary>
public static class WeightsDifference
{
    const string Ending = ".safetensors";

    /// <summary>Writes changed - original, computed in float32.</summary>
    /// <param name="changed">The changed transformer: a weights file or a component's folder, in any layout.</param>
    /// <param name="original">The transformer that the difference is to, likewise.</param>
    /// <param name="output">A <c>.safetensors</c> file.</param>
    /// <param name="type">The number format to store: float32, float16 or bfloat16.</param>
    /// <param name="variant">The variant of the folders' files that is preferred, as <c>fp16</c>.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <returns>How many tensors differ, of how many.</returns>
    /// <exception cref="InvalidSettingException">They do not differ, are not transformers, or the output is no such file.</exception>
    /// <exception cref="WeightsException">A tensor is in one of them only, or has two shapes; the message names it and its shapes.</exception>
    /// <exception cref="PixArtException">The output cannot be written.</exception>
    public static (int Differing, int All) Write(
        string changed, string original, string output, ScalarType type = ScalarType.Float32, string? variant = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(changed);
        ArgumentException.ThrowIfNullOrEmpty(original);
        ArgumentException.ThrowIfNullOrEmpty(output);
        if (!output.EndsWith(Ending, StringComparison.OrdinalIgnoreCase)) throw new InvalidSettingException("output", output, $"a {Ending} file");
        var options = new ConversionOptions { DType = type, Variant = variant }.Validate();
        using var a = Open(changed, options);
        using var b = Open(original, options);
        var all = PairedTensors.Of(a, b, options).ToList();
        var differing = new List<TensorToWrite>();
        foreach (var tensor in all)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            using var change = Subtract(a.Weights, b.Weights, tensor, ScalarType.Float32);
            if (change.Abs().Max().Item<float>() != 0)
                differing.Add(TensorToWrite.FromLoader(tensor.Name, type, tensor.Shape, () => Subtract(a.Weights, b.Weights, tensor, type)));
        }

        if (differing.Count == 0) throw new InvalidSettingException("input", changed, $"a transformer that differs from {original}");
        SafetensorsWriter.Write(output, WeightsConversion.Cancellable(differing, cancellation));
        return (differing.Count, all.Count);
    }

    static OpenComponent Open(string path, ConversionOptions options)
    {
        var component = WeightsConversion.Whole(path, options);
        if (component.Identity.Kind == ModelKind.Transformer) return component;
        using (component) throw new InvalidSettingException("input", $"{path} ({component.Identity.Kind})", "a transformer");
    }

    static Tensor Subtract(WeightsSource a, WeightsSource b, TensorToWrite tensor, ScalarType type)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        long[] shape = [.. tensor.Shape];
        using var first = a.Load(tensor.Name, shape, ScalarType.Float32, Device.Cpu)!;
        using var second = b.Load(tensor.Name, shape, ScalarType.Float32, Device.Cpu)!;
        var change = TensorScope.Release((first - second).To(type));
        foreach (var weights in (WeightsSource[])[a, b]) weights.Release(tensor.Name);
        return change;
    }
}
