using System.Buffers.Binary;
using System.Text;
using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Tests.Weights.PyTorch;

/// <summary>What is wrong with a zip container is said, and of which entry.</summary>
public sealed class StoredArchiveTests
{
    // Offsets of a directory record's fields, and of the zip64 end record's.
    const int Flags = 8, Method = 10, Packed = 20, Size = 24, Local = 42, Count = 32, Start = 48;

    static readonly byte[] s_pickle = RawPickle.Dict("w", p => p.Tensor([4], [1]));

    static byte[] Good() => RawPickle.Zip(s_pickle, ("a/data/0", new byte[16]));

    static int Record(byte[] zip, int index)
    {
        var at = zip.AsSpan().IndexOf("PK\u0001\u0002"u8);
        for (; index > 0; index--) at += 4 + zip.AsSpan(at + 4).IndexOf("PK\u0001\u0002"u8);
        return at;
    }

    static int End64(byte[] zip) => zip.AsSpan().IndexOf("PK\u0006\u0006"u8);

    static void Add(byte[] zip, int at, int more) =>
        BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(at), BinaryPrimitives.ReadInt32LittleEndian(zip.AsSpan(at)) + more);

    static byte[] Changed(Action<byte[]> change)
    {
        var zip = Good();
        change(zip);
        return zip;
    }

    // The first entry is there, but the directory, which ends as small archives do, no longer lists it.
    static byte[] Hidden()
    {
        var zip = Good();
        var (begin, second, end) = (Record(zip, 0), Record(zip, 1), End64(zip));
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write(zip.AsSpan(0, begin));
        writer.Write(zip.AsSpan(second, end - second));
        writer.Write("PK\u0005\u0006"u8);
        writer.Write(0);
        writer.Write((ushort)1);
        writer.Write((ushort)1);
        writer.Write(end - second);
        writer.Write(begin);
        writer.Write((ushort)0);
        return memory.ToArray();
    }

    public static TheoryData<string, byte[]> Damage() => new()
    {
        { "claims 2000000 entries", Changed(z => Add(z, End64(z) + Count, 1_999_998)) },
        { "claims 9 entries", Changed(z => Add(z, End64(z) + Count, 7)) },
        { "its directory is damaged", Changed(z => z[Record(z, 1)] = 0) },
        { "its directory is damaged", Changed(z => Add(z, End64(z) + Count, -1)) },
        { "entry 'a/data.pkl' is encrypted", Changed(z => z[Record(z, 0) + Flags] |= 1) },
        { "entry 'a/data/0' is compressed, expected stored", Changed(z => z[Record(z, 1) + Method] = 8) },
        { "entry 'a/data/0' has two sizes", Changed(z => Add(z, Record(z, 1) + Packed, 1)) },
        { "entry 'a/data/0' is not where the directory says", Changed(z => Add(z, Record(z, 1) + Local, 3)) },
        { "entry 'a/data/0' has two names", Changed(z => Encoding.Latin1.GetBytes("b").CopyTo(z, BinaryPrimitives.ReadInt32LittleEndian(z.AsSpan(Record(z, 1) + Local)) + 30)) },
        { "entry 'a/data/0' reaches beyond the file's data", Resized(1, 10_000) },
        { "two of its entries overlap", Resized(0, 40) },
        { "something stands before its first entry", Hidden() },
        { "its zip64 end record is damaged", Changed(z => z[End64(z)] = 0) },
        { "its directory is not where its end says", Changed(z => Add(z, End64(z) + Start, 1)) },
        { "is truncated: its end record is missing", Good()[..^1] },
        { "is truncated: its end record is missing", [.. Good(), 0] },
    };

    static byte[] Resized(int entry, int more) => Changed(z =>
    {
        Add(z, Record(z, entry) + Packed, more);
        Add(z, Record(z, entry) + Size, more);
    });

    [Theory]
    [MemberData(nameof(Damage))]
    public void Read_OfADamagedContainer_SaysWhatIsWrong(string message, byte[] zip)
    {
        StoredArchive.Read(new MappedFile("good.pth", Good()));
        var error = Assert.Throws<WeightsException>(() => StoredArchive.Read(new MappedFile("a.pth", zip)));
        Assert.Equal(WeightsErrorKind.InvalidArchive, error.Kind);
        Assert.Equal($"a.pth: the zip container is not as PyTorch writes it: {message}", error.Message);
    }
}
