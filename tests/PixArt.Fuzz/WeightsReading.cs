using PixArt.Weights;

namespace PixArt.Fuzz;

/// <summary>Reads everything that a weights reader gives of these bytes.</summary>
static class WeightsReading
{
    // A hostile file may name one piece of memory many times: each tensor alone is bounded, not all of them together.
    const int MostElements = 4;

    public static void ReadAll(byte[] input)
    {
        using var file = WeightsFile.Open(new MappedFile("fuzz", input));
        var left = MostElements;
        foreach (var tensor in file.Tensors.Values)
        {
            if (tensor.ByteCount == 0) continue;
            var element = Math.Max(1, tensor.Type.Bits() / 8);
            var last = tensor.Strides is { } strides
                ? tensor.Shape.Select((size, d) => (size - 1) * strides[d]).Sum() * (tensor.Type.Bits() / 8)
                : tensor.StoredBytes - element;
            if (tensor.Offset < 0 || tensor.Offset + last + element > input.Length)
                throw new InvalidOperationException($"tensor '{tensor.Name}' lies outside the file");
            if (tensor.Strides is null || left-- > 0) file.Write(tensor, Stream.Null);
        }

        foreach (var (name, value) in file.Metadata) _ = name.Length + value.Length;
    }
}
