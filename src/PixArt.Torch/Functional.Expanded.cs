namespace PixArt.Torch;

// Weights that are held in fewer bits than they are computed with.
public static partial class Functional
{
    private const long LargestPiece = 1 << 20; // elements of an expanded piece: 4 MB in fp32, which stay in the cache until they are multiplied
    private const long LeastRows = 64;
    private const long ManyTokens = 1024;

    /// <summary>x·Wᵀ + b with a weight of a smaller type than the input's, or of 8-bit integers with a scale for each row. With few tokens the
    /// weight is expanded a piece at a time, so that the whole of it never exists in the input's type.</summary>
    /// <param name="input">[.., in].</param>
    /// <param name="weight">[out, in], any floating-point type or <see cref="ScalarType.Int8"/>.</param>
    /// <param name="scale">[out, 1] in fp32, for integers.</param>
    /// <param name="bias">[out], or none.</param>
    public static Tensor ExpandedLinear(Tensor input, Tensor weight, Tensor? scale, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = TensorScope.Begin();
        long outputs = weight.Size(0), inputs = weight.Size(1);
        long rows = Math.Max(LeastRows, LargestPiece / inputs);
        // With many tokens expanding costs nothing beside the product, and a GPU wants large products.
        if (rows >= outputs || input.Count / inputs >= ManyTokens || input.Device.IsCuda)
            return scope.Keep(Plus(ScaledProduct(input, weight, scale), bias));
        var parts = new List<Tensor>();
        for (long row = 0; row < outputs; row += rows)
        {
            using var piece = TensorScope.Begin();
            long count = Math.Min(rows, outputs - row);
            parts.Add(piece.Keep(ScaledProduct(input, weight.Narrow(0, row, count), scale?.Narrow(0, row, count))));
        }

        return scope.Keep(Plus(Tensor.Cat([.. parts], -1), bias));
    }

    /// <summary>Integers times the scale of their row.</summary>
    /// <param name="weight">[out, in] of <see cref="ScalarType.Int8"/>.</param>
    /// <param name="scale">[out, 1] in fp32.</param>
    /// <param name="dtype">Type of the result.</param>
    public static Tensor Dequantize(Tensor weight, Tensor scale, ScalarType dtype)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(scale);
        using var scope = TensorScope.Begin();
        return scope.Keep((weight.To(ScalarType.Float32) * scale).To(dtype));
    }

    // In fp32 the scale multiplies the few outputs instead of the many weights; smaller types would overflow without it.
    private static Tensor ScaledProduct(Tensor input, Tensor weight, Tensor? scale)
    {
        if (scale is null) return LinearOp.Call(input, weight.To(input.DType));
        return input.DType == ScalarType.Float32
            ? LinearOp.Call(input, weight.To(ScalarType.Float32)) * scale.Reshape(-1)
            : LinearOp.Call(input, Dequantize(weight, scale, input.DType));
    }

    private static Tensor Plus(Tensor product, Tensor? bias) => bias is null ? product : product + bias;
}
