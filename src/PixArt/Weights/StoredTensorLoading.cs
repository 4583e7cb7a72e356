using PixArt.Torch;
using PixArt.Weights.Gguf;

namespace PixArt.Weights;

/// <summary>Makes tensors of stored ones.</summary>
static class StoredTensorLoading
{
    /// <summary>A tensor of the file's own type on the CPU, outside of every scope: over the mapped memory where the bytes are
    /// in order and aligned, else a copy.</summary>
    public static Tensor Load(this WeightsFile file, StoredTensor stored) => file.Load(stored, ScalarType.Float32);

    /// <summary>A tensor on the CPU, outside of every scope: of the file's own type, but packed elements come out as
    /// <paramref name="unpackedType"/>.</summary>
    public static unsafe Tensor Load(this WeightsFile file, StoredTensor stored, ScalarType unpackedType)
    {
        if (stored.Type.ToScalarType() is not { } type)
        {
            throw new WeightsException(
                WeightsErrorKind.UnsupportedType, file.Path, stored.Name, $"has type {stored.Type.Name()}, which cannot be computed with");
        }

        long[] shape = [.. stored.Shape];
        if (stored.Blocks is not null) return Unpacked(file, stored, unpackedType);
        if (stored.ByteCount == 0) return TensorScope.Release(Tensor.Empty(shape, type));
        var address = file.Mapping.Address(stored.Offset);
        if (stored.Strides is null && !file.IsBigEndian && address % type.ByteSize() == 0)
        {
            var lease = file.Mapping.Lease();
            try
            {
                return TensorScope.Release(Tensor.FromMemory(address, type, shape, lease));
            }
            catch
            {
                lease.Dispose();
                throw;
            }
        }

        var copy = Tensor.Empty(shape, type);
        file.CopyTo(stored, (byte*)copy.DataPointer);
        return TensorScope.Release(copy);
    }

    static unsafe Tensor Unpacked(WeightsFile file, StoredTensor stored, ScalarType type)
    {
        if (type is not (ScalarType.Float16 or ScalarType.BFloat16)) type = ScalarType.Float32;
        var tensor = TensorScope.Release(Tensor.Empty([.. stored.Shape], type));
        try
        {
            if (stored.ByteCount > 0) BlockReading.Unpack(file.Mapping, stored, type, (void*)tensor.DataPointer);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Takes a tensor, gives one of the wanted type on the wanted device, outside of every scope.</summary>
    public static Tensor As(this Tensor tensor, ScalarType type, Device device)
    {
        if (tensor.DType == type && tensor.Device == device) return TensorScope.Release(tensor);
        try
        {
            return TensorScope.Release(tensor.To(device, type));
        }
        finally
        {
            tensor.Dispose();
        }
    }
}
