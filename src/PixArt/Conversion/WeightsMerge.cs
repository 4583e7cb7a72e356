using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>Blends two models of the same shape, tensor by tensor.</summary>
public static class WeightsMerge
{
    /// <summary>Writes (1 - ratio) A + ratio B, computed in float32 and stored in A's number format.</summary>
    /// <param name="first">A: a weights file or a component's folder, in any layout.</param>
    /// <param name="second">B, likewise.</param>
    /// <param name="output">A file or a new folder, as for <see cref="WeightsConversion.Convert"/>; the configuration is A's.</param>
    /// <param name="ratio">Share of B, from 0 (A alone) to 1 (B alone).</param>
    /// <param name="options">How to write; <see cref="ConversionOptions.Section"/> and <see cref="ConversionOptions.Base"/> do not apply.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <exception cref="InvalidSettingException">The ratio is out of range, or the two are not the same kind of model.</exception>
    /// <exception cref="WeightsException">A tensor is in one of them only, or has two shapes; the message names it and its shapes.</exception>
    /// <exception cref="PixArtException">The output cannot be written.</exception>
    public static void Merge(string first, string second, string output, double ratio, ConversionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(first);
        ArgumentException.ThrowIfNullOrEmpty(second);
        ArgumentException.ThrowIfNullOrEmpty(output);
        if (ratio is not (>= 0 and <= 1)) throw new InvalidSettingException("ratio", ratio, "from 0 (the first alone) to 1 (the second alone)");
        var given = (options ?? new()).Validate();
        foreach (var (field, value) in (ReadOnlySpan<(string, string?)>)[("section", given.Section), ("base", given.Base)])
            if (value is not null) throw new InvalidSettingException(field, value, "none: a merge takes two models as they are");
        using var a = WeightsConversion.Whole(first, given);
        using var b = WeightsConversion.Whole(second, given);
        if (given.DType is null && (a.Weights.IsQuantized || b.Weights.IsQuantized))
            throw new InvalidSettingException("dtype", "not given", "float32, float16 or bfloat16: 8-bit integers are made floating-point numbers to blend them");
        if (a.Identity.Kind != b.Identity.Kind)
            throw new InvalidSettingException("second", $"{second} ({b.Identity.Kind})", $"the same kind of model as the first ({a.Identity.Kind})");
        var tensors = WeightsConversion.Cancellable(Blend(a, b, ratio, given), cancellation).ToList();
        if (ComponentOutput.IsFile(output)) ComponentOutput.WriteFile(a, tensors, output, given);
        else NewFolder.Write(output, folder => ComponentOutput.WriteFolder(a, tensors, folder, given));
    }

    static IEnumerable<TensorToWrite> Blend(OpenComponent a, OpenComponent b, double ratio, ConversionOptions options) =>
        PairedTensors.Of(a, b, options).Select(tensor => tensor.Type.ToScalarType() is { } type && type.IsFloatingPoint()
            ? TensorToWrite.FromLoader(tensor.Name, type, tensor.Shape, () => Blend(a.Weights, b.Weights, tensor, ratio))
            : tensor);

    static Tensor Blend(WeightsSource a, WeightsSource b, TensorToWrite tensor, double ratio)
    {
        using var scope = TensorScope.Begin();
        var wide = tensor.Type == StoredType.F64 ? ScalarType.Float64 : ScalarType.Float32;
        long[] shape = [.. tensor.Shape];
        using var first = a.Load(tensor.Name, shape, wide, Device.Cpu)!;
        using var second = b.Load(tensor.Name, shape, wide, Device.Cpu)!;
        var blended = TensorScope.Release((first * (1 - ratio)) + (second * ratio));
        foreach (var weights in (WeightsSource[])[a, b]) weights.Release(tensor.Name);
        return blended;
    }
}
