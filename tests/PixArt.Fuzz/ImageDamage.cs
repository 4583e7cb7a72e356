using System.Buffers.Binary;
using PixArt.Imaging.Metadata;

namespace PixArt.Fuzz;

/// <summary>Damage to pictures. Nearly every damaged PNG would stop at its first checksum, so half of them get right ones again.</summary>
static class ImageDamage
{
    public static byte[] Apply(byte[] bytes, byte[] other, Random random)
    {
        var damaged = ByteMutator.Mutate(bytes, other, random);
        if (random.Next(2) == 0 && damaged is [0x89, (byte)'P', (byte)'N', (byte)'G', ..]) RepairChecksums(damaged);
        return damaged;
    }

    /// <summary>Gives every whole chunk the checksum of what it holds now.</summary>
    public static void RepairChecksums(Span<byte> png)
    {
        for (var at = PngChunks.SignatureLength; at + PngChunks.Overhead <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - PngChunks.Overhead) return;
            var end = at + 8 + (int)length;
            BinaryPrimitives.WriteUInt32BigEndian(png[end..], Crc32.Of(png[(at + 4)..end]));
            at = end + 4;
        }
    }
}
