namespace PixArt.Weights;

/// <summary>Copies elements that lie with strides into one row-major run, and turns byte order.</summary>
static unsafe class StridedCopy
{
    public static void Run(byte* source, StoredTensor tensor, byte* destination)
    {
        if (tensor.Strides is not { } strides)
        {
            Buffer.MemoryCopy(source, destination, tensor.ByteCount, tensor.ByteCount);
            return;
        }

        var element = tensor.Type.Bits() / 8;
        var rank = tensor.Shape.Count;
        var index = new long[rank];
        long offset = 0;
        for (var done = 0L; done < tensor.ByteCount; done += element)
        {
            Buffer.MemoryCopy(source + (offset * element), destination + done, element, element);
            for (var d = rank - 1; d >= 0; d--)
            {
                offset += strides[d];
                if (++index[d] < tensor.Shape[d]) break;
                offset -= strides[d] * tensor.Shape[d];
                index[d] = 0;
            }
        }
    }

    /// <summary>Reverses the bytes of every unit in place.</summary>
    public static void Swap(byte* bytes, long count, int unit)
    {
        if (unit == 1) return;
        for (var at = 0L; at + unit <= count; at += unit) new Span<byte>(bytes + at, unit).Reverse();
    }
}
