using System.Buffers.Binary;

namespace PixArt.Fuzz;

/// <summary>Damages bytes the way disks, networks and attackers do.</summary>
static class ByteMutator
{
    static readonly long[] s_telling =
        [0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, int.MaxValue, uint.MaxValue, (long)uint.MaxValue + 1, long.MaxValue, long.MinValue, -1, 100_000_000];

    // Brackets, quotes, digits and the opcodes that build, refer and repeat.
    static ReadOnlySpan<byte> Tokens => "{}[]\",:0123456789-eE(.)NQRacdehjlqrstuXJKMG\u0080\u0081"u8;

    /// <summary>One to eight mutations; sometimes a piece of another file is put in.</summary>
    public static byte[] Mutate(byte[] bytes, byte[] other, Random random)
    {
        if (random.Next(16) == 0 && bytes.Length > 0 && other.Length > 0) bytes = Splice(bytes, other, random);
        for (var left = 1 + random.Next(8); left > 0; left--) bytes = Once(bytes, random);
        return bytes;
    }

    static byte[] Splice(byte[] bytes, byte[] other, Random random)
    {
        var (at, from) = (Place(bytes.Length, random), Place(other.Length, random));
        var run = Math.Min(1 << random.Next(14), other.Length - from);
        var over = Math.Min(random.Next(2) * run, bytes.Length - at);
        return [.. bytes[..at], .. other[from..(from + run)], .. bytes[(at + over)..]];
    }

    static byte[] Once(byte[] bytes, Random random)
    {
        if (bytes.Length == 0) return [(byte)random.Next(256)];
        var at = Place(bytes.Length, random);
        var run = Math.Min(1 << random.Next(10), bytes.Length - at);
        var copy = bytes.ToArray();
        switch (random.Next(10))
        {
            case 0: copy[at] ^= (byte)(1 << random.Next(8)); return copy;
            case 1: copy[at] = (byte)random.Next(256); return copy;
            case 2: copy[at] = Tokens[random.Next(Tokens.Length)]; return copy;
            case 3: return Number(copy, at, random);
            case 4: return [.. bytes[..at], .. bytes[(at + run)..]];
            case 5: return [.. bytes[..(at + run)], .. bytes[at..]];
            case 6: return bytes[..at];
            case 7:
                random.NextBytes(copy.AsSpan(at, Math.Min(run, 16)));
                return copy;
            case 8:
                var from = Place(bytes.Length - run + 1, random);
                bytes.AsSpan(from, run).CopyTo(copy.AsSpan(at));
                return copy;
            default: return [.. bytes[..at], Tokens[random.Next(Tokens.Length)], .. bytes[at..]];
        }
    }

    static byte[] Number(byte[] bytes, int at, Random random)
    {
        var number = random.Next(4) == 0 ? bytes.Length + random.Next(-1, 2) : s_telling[random.Next(s_telling.Length)];
        Span<byte> encoded = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(encoded, number);
        var width = Math.Min(2 << random.Next(3), bytes.Length - at);
        encoded[..width].CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    // Headers stand at the beginning, directories at the end; between them is mostly data.
    static int Place(int length, Random random) => random.Next(4) switch
    {
        0 => random.Next(length),
        1 => length - 1 - random.Next(Math.Min(length, 4096)),
        2 => random.Next(Math.Min(length, 64)),
        _ => random.Next(Math.Min(length, 4096)),
    };
}
