using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Tests.Weights.PyTorch;

/// <summary>Files of torch.save before 1.6, right ones and wrong ones.</summary>
public sealed class LegacyFileTests
{
    static readonly byte[] s_magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    static readonly byte[] s_machine = new RawPickle().Op("}").Text("little_endian").Op(0x88).Op("s").End();

    static readonly byte[] s_object = RawPickle.Dict("w", p => p.Tensor([4], [1]));

    static byte[] Keys(params string[] keys)
    {
        var pickle = new RawPickle().Op("](");
        foreach (var key in keys) pickle.Text(key);
        return pickle.Op("e").End();
    }

    static byte[] Storage(long count, int bytes) => [.. BitConverter.GetBytes(count), .. new byte[bytes]];

    static byte[] File(byte[] data, byte[]? keys = null, byte[]? machine = null, long protocol = 1001) =>
        [.. s_magic, .. new RawPickle().Number(protocol).End(), .. machine ?? s_machine, .. s_object, .. keys ?? Keys("0"), .. data];

    public static TheoryData<string, byte[]> Damage() => new()
    {
        { "has a legacy protocol other than 1001", File(Storage(4, 16), protocol: 1002) },
        { "does not say the byte order of its machine", File(Storage(4, 16), machine: new RawPickle().Op("}").End()) },
        { "does not list its storages", File(Storage(4, 16), keys: new RawPickle().Op("}").End()) },
        { "lists a storage that its pickle does not name", File(Storage(4, 16), keys: Keys("9")) },
        { "has 3 elements in storage '0', expected 4", File(Storage(3, 12)) },
        { "is truncated in storage '0'", File(Storage(4, 15)) },
        { "is truncated in storage '0'", File([1, 2]) },
        { "lists the storage '0' twice", File([.. Storage(4, 16), .. Storage(4, 16)], keys: Keys("0", "0")) },
        { "has 5 bytes after its last storage", File([.. Storage(4, 16), .. new byte[5]]) },
        { "lacks the storage '0' that its pickle names", File([], keys: Keys()) },
    };

    [Fact]
    public void Open_OfAWholeFile_FindsTheTensor()
    {
        using var file = PickleFile.Open(new MappedFile("a.pth", File(Storage(4, 16))), section: null);
        Assert.Equal([4L], file["w"].Shape);
    }

    [Theory]
    [MemberData(nameof(Damage))]
    public void Open_OfADamagedFile_SaysWhatIsWrong(string message, byte[] bytes)
    {
        var error = Assert.Throws<WeightsException>(() => PickleFile.Open(new MappedFile("a.pth", bytes), section: null));
        Assert.Equal(WeightsErrorKind.InvalidPickle, error.Kind);
        Assert.Equal($"a.pth: {message}", error.Message);
    }
}
