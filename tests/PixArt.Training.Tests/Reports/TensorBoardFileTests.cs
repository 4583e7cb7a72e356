using System.Buffers.Binary;
using System.Text;
using PixArt.Imaging;
using PixArt.Training.Reports;

namespace PixArt.Training.Tests.Reports;

public sealed class TensorBoardFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    // RFC 3720, B.4, and the well-known check value.
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8a9136aau)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x62a8ab43u)]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x46dd794eu)]
    [InlineData("313233343536373839", 0xe3069283u)]
    public void Crc32C_KnownBytes_IsTheirChecksum(string bytes, uint expected) =>
        Assert.Equal(expected, EventRecords.Crc32C(Convert.FromHexString(bytes)));

    [Fact]
    public void Constructor_WhereAFileIsInTheWay_IsTold()
    {
        File.WriteAllText(_folder["a"], "");
        Assert.StartsWith($"cannot write event files into '{_folder["a"]}': ", Assert.Throws<PixArtException>(() => new TensorBoardFile(_folder["a"], TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_AllKinds_ReadBackFieldByField()
    {
        using (var file = new TensorBoardFile(_folder.Path, TimeProvider.System))
        {
            file.Scalars(300, [("loss", 0.25), ("timestep/t900", -1e-5)]);
            file.Picture(301, "samples", Image.Filled(6, 4, new(1, 2, 3)));
            file.Restarted(290);
        }

        var path = Assert.Single(Directory.GetFiles(_folder.Path));
        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(path));
        var events = Records(File.ReadAllBytes(path)).Select(Fields).ToArray();
        Assert.Equal(4, events.Length);
        Assert.Equal("brain.Event:2", Text(events[0][3][0]));
        Assert.All(events, e => Assert.InRange(BitConverter.Int64BitsToDouble((long)e[1][0].Number), 1.7e9, 1e11));

        Assert.Equal(300ul, events[1][2][0].Number);
        var values = Fields(events[1][5][0].Bytes)[1].Select(value => Fields(value.Bytes)).ToArray();
        Assert.Equal(["loss", "timestep/t900"], values.Select(value => Text(value[1][0])), StringComparer.Ordinal);
        Assert.Equal([0.25f, -1e-5f], values.Select(value => BitConverter.Int32BitsToSingle((int)value[2][0].Number)));

        var image = Fields(Fields(Fields(events[2][5][0].Bytes)[1][0].Bytes)[4][0].Bytes);
        Assert.Equal([4ul, 6, 3], new[] { 1, 2, 3 }.Select(field => image[field][0].Number));
        Assert.Equal((6, 4), Image.Measure(image[4][0].Bytes));

        Assert.Equal((290ul, 1ul), (events[3][2][0].Number, Fields(events[3][7][0].Bytes)[1][0].Number));
    }

    [Fact]
    public void Constructor_FolderThatCannotBe_SaysSo() =>
        Assert.Contains("/proc/events", Assert.Throws<PixArtException>(() => new TensorBoardFile("/proc/events", TimeProvider.System)).Message);

    public void Dispose() => _folder.Dispose();

    static string Text(Field field) => Encoding.UTF8.GetString(field.Bytes);

    static List<byte[]> Records(ReadOnlySpan<byte> file)
    {
        var records = new List<byte[]>();
        while (file.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
            Assert.Equal(Unmask(BinaryPrimitives.ReadUInt32LittleEndian(file[8..])), EventRecords.Crc32C(file[..8]));
            records.Add(file.Slice(12, length).ToArray());
            Assert.Equal(Unmask(BinaryPrimitives.ReadUInt32LittleEndian(file[(12 + length)..])), EventRecords.Crc32C(records[^1]));
            file = file[(16 + length)..];
        }

        return records;

        static uint Unmask(uint masked)
        {
            var rotated = masked - 0xa282ead8;
            return (rotated >> 17) | (rotated << 15);
        }
    }

    static Dictionary<int, List<Field>> Fields(byte[] message)
    {
        var fields = new Dictionary<int, List<Field>>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var field = new Field(0, []);
            switch (tag & 7)
            {
                case 0: field = new(Varint(message, ref at), []); break;
                case 1: field = new(BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at)), []); at += 8; break;
                case 5: field = new(BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at)), []); at += 4; break;
                default:
                    var length = (int)Varint(message, ref at);
                    field = new(0, message.AsSpan(at, length).ToArray());
                    at += length;
                    break;
            }

            if (!fields.TryGetValue((int)(tag >> 3), out var list)) fields[(int)(tag >> 3)] = list = [];
            list.Add(field);
        }

        return fields;
    }

    static ulong Varint(byte[] message, ref int at)
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
    }

    sealed record Field(ulong Number, byte[] Bytes);
}
