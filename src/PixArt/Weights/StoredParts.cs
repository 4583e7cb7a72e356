using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights;

/// <summary>Parts of stored tensors, over the same bytes.</summary>
static class StoredParts
{
    /// <summary>One of <paramref name="parts"/> equal parts along the first dimension; <paramref name="pointwise"/> takes the two
    /// last dimensions off [out, in, 1, 1].</summary>
    public static StoredTensor Take(string file, StoredTensor tensor, int part, int parts, bool pointwise)
    {
        if (pointwise && tensor.Shape is [var rows, var columns, 1, 1])
            tensor = tensor with { Shape = [rows, columns], Strides = tensor.Strides is { } all ? [all[0], all[1]] : null };
        if (parts == 1) return tensor;
        if (tensor.Shape.Count == 0 || tensor.Shape[0] % parts != 0)
            throw new WeightsException(ShapeMismatch, file, tensor.Name, $"has shape {tensor.ShapeText}, expected a first dimension that {parts} divides");
        var each = tensor.Shape[0] / parts;
        long[] shape = [each, .. tensor.Shape.Skip(1)];
        var bytes = tensor.ByteCount / parts;
        if (tensor.Blocks is { } blocks && tensor.Count / parts % blocks.Elements != 0)
            throw new WeightsException(ShapeMismatch, file, tensor.Name, $"has shape {tensor.ShapeText} in blocks of {blocks.Elements}, which cannot be parted in {parts}");
        var skip = tensor.Strides is { } strides ? part * each * strides[0] * (tensor.Type.Bits() / 8) : part * (tensor.StoredBytes / parts);
        return tensor with { Shape = shape, ByteCount = bytes, Offset = tensor.Offset + (bytes == 0 ? 0 : skip) };
    }
}
