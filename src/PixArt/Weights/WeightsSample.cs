using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PixArt.Weights;

/// <summary>Tells weights from others by what is in them, wherever they lie, without reading gigabytes: names, types, shapes, and some bytes
/// of every tensor. Training or merging changes bytes everywhere, so it shows; a single number changed by hand in a large tensor may not.</summary>
static class WeightsSample
{
    const int Piece = 4096;
    const int Pieces = 4;

    /// <summary>Adds the weights to a hash.</summary>
    public static void Append(IncrementalHash hash, WeightsSource source)
    {
        foreach (var name in source.Names.Order(StringComparer.Ordinal))
        {
            var (file, tensor) = source.Stored(name);
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{tensor.TypeName}{tensor.ShapeText}\n"));
            // A strided tensor's extent is more than its bytes; its first ones tell enough.
            var bytes = tensor.StoredBytes;
            if (bytes <= Piece * Pieces || tensor.Strides is not null)
            {
                Append(hash, file, tensor.Offset, Math.Min(bytes, Piece * Pieces));
                continue;
            }
            for (var i = 0; i < Pieces; i++) Append(hash, file, tensor.Offset + ((bytes - Piece) * i / (Pieces - 1)), Piece);
        }
    }

    static void Append(IncrementalHash hash, WeightsFile file, long offset, long count)
    {
        Span<byte> length = stackalloc byte[8];
        count = Math.Min(count, file.Length - offset);
        BinaryPrimitives.WriteInt64LittleEndian(length, count);
        hash.AppendData(length);
        hash.AppendData(file.Mapping.Span(offset, count));
    }
}
