using PixArt.Torch;

namespace PixArt.Weights;

/// <summary>Matrices as 8-bit integers, symmetric, with one scale for each output channel (row): w ≈ integer x scale. The scale is the
/// row's largest magnitude / 127, so an element is off by half a scale at most.</summary>
public static class Quantization
{
    /// <summary>What follows a matrix's name in the name of its scales.</summary>
    public const string ScaleSuffix = "_scale";

    /// <summary>The largest magnitude of an integer.</summary>
    public const int Largest = 127;

    /// <summary>Rounds a matrix. The results belong to the scope or the caller.</summary>
    /// <param name="matrix">[rows, columns], floating point, finite.</param>
    /// <returns>Integers [rows, columns] and scales [rows, 1] in fp32; a row of zeros has scale 1.</returns>
    /// <exception cref="InvalidSettingException">It is not a floating-point matrix, or an element is infinite or not a number.</exception>
    public static (Tensor Integers, Tensor Scale) Quantize(Tensor matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.Rank != 2 || !matrix.DType.IsFloatingPoint()) throw new InvalidSettingException("matrix", matrix.ToString(), "a floating-point matrix [rows, columns]");
        using var scope = TensorScope.Begin();
        var wide = matrix.To(ScalarType.Float32);
        var largest = wide.Abs().Amax([1], keepDim: true);
        var values = largest.ToArray<float>();
        if (!Array.TrueForAll(values, float.IsFinite)) throw new InvalidSettingException("matrix", "an infinite element, or one that is not a number", "finite elements");
        var scale = Tensor.FromArray(Array.ConvertAll(values, value => value == 0 ? 1 : value / Largest), values.Length, 1).To(matrix.Device);
        var integers = (wide / scale).Round().Clamp(-Largest, Largest).To(ScalarType.Int8);
        return (scope.Keep(integers), scope.Keep(scale));
    }
}
