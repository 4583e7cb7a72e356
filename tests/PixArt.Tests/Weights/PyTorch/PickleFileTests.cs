using System.IO.Compression;
using System.Text;
using PixArt.Torch;
using PixArt.Weights;
using PixArt.Weights.PyTorch;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Tests.Weights.PyTorch;

public sealed class PickleFileTests : IDisposable
{
    static readonly byte[] s_four = [.. new[] { 1f, 2f, 3f, 4f }.SelectMany(BitConverter.GetBytes)];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static byte[] OneTensor(long[] shape, long[] strides, long offset = 0, long count = 4, string key = "0") =>
        RawPickle.Zip(RawPickle.Dict("w", p => p.Tensor(shape, strides, offset, key, count)), ("a/data/0", s_four));

    static byte[] Object(Func<RawPickle, RawPickle> build) => RawPickle.Zip(build(new RawPickle()).End());

    PickleFile Open(byte[] bytes, string? section = null)
    {
        File.WriteAllBytes(_folder["a.pth"], bytes);
        return PickleFile.Open(_folder["a.pth"], section);
    }

    WeightsException Refused(byte[] bytes)
    {
        var error = Assert.Throws<WeightsException>(() => Open(bytes).Dispose());
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.Contains("a.pth", error.Message, StringComparison.Ordinal);
        return error;
    }

    public static TheoryData<string, WeightsErrorKind, byte[]> Hostile() => new()
    {
        { "unknown global", ForbiddenPickle, Object(p => p.Global("mod", "Thing")) },
        { "os.system reduced", ForbiddenPickle, Object(p => p.Global("os", "system").Op("(").Text("id").Op("tR")) },
        { "posix.system", ForbiddenPickle, Object(p => p.Global("posix", "system")) },
        { "builtins.eval", ForbiddenPickle, Object(p => p.Global("builtins", "eval")) },
        { "builtins.getattr", ForbiddenPickle, Object(p => p.Global("builtins", "getattr")) },
        { "torch.load inside", ForbiddenPickle, Object(p => p.Global("torch.serialization", "load")) },
        { "dotted name", ForbiddenPickle, Object(p => p.Global("torch", "nn.Module")) },
        { "stack global", ForbiddenPickle, Object(p => p.Text("os").Text("system").Op(0x93)) },
        { "nested reduce", ForbiddenPickle, Object(p => p.Global("collections", "OrderedDict").Op("(").Global("os", "system").Op("tR")) },
        { "inst", ForbiddenPickle, Object(p => p.Op("(ios\nsystem\n")) },
        { "obj", ForbiddenPickle, Object(p => p.Op("(").Global("collections", "OrderedDict").Op("o")) },
        { "newobj_ex", ForbiddenPickle, Object(p => p.Global("collections", "OrderedDict").Op(")}").Op(0x92)) },
        { "text persistent id", ForbiddenPickle, Object(p => p.Op("P0\n")) },
        { "extension registry", ForbiddenPickle, Object(p => p.Op(0x82, 1)) },
        { "state for a list", ForbiddenPickle, Object(p => p.Op("]}b")) },
        { "state for a global", ForbiddenPickle, Object(p => p.Global("collections", "OrderedDict").Op("}b")) },
        { "reduce of the wrong arguments", ForbiddenPickle, Object(p => p.Global("torch._utils", "_rebuild_tensor_v2").Op(")R")) },
        { "storage of a type", ForbiddenPickle, Object(p => p.Op("(").Text("storage").Global("torch", "float32").Text("0").Text("cpu").Number(1).Op("tQ")) },
        { "persistent id that is text", InvalidPickle, Object(p => p.Text("storage").Op("Q")) },
        { "persistent id of another kind", InvalidPickle, Object(p => p.Op("(").Text("module").Op("tQ")) },
        { "negative storage", InvalidPickle, Object(p => p.Storage(count: -1)) },
        { "reduce of text", InvalidPickle, Object(p => p.Text("x").Op(")R")) },
        { "empty stack", InvalidPickle, Object(p => p) },
        { "two values left", InvalidPickle, Object(p => p.Op("]]")) },
        { "mark left", InvalidPickle, Object(p => p.Op("](")) },
        { "pop of nothing", InvalidPickle, Object(p => p.Op("0")) },
        { "memo never set", InvalidPickle, Object(p => p.Op("h").Op(7)) },
        { "end without beginning", InvalidPickle, Object(p => p.Op("t")) },
        { "append to text", InvalidPickle, Object(p => p.Text("x").Op("Na")) },
        { "items below a mark", InvalidPickle, Object(p => p.Op("](Na")) },
        { "key without value", InvalidPickle, Object(p => p.Op("}(Nu")) },
        { "unknown opcode", InvalidPickle, Object(p => p.Op(0xff)) },
        { "protocol 9", InvalidPickle, RawPickle.Zip([0x80, 9, (byte)'N', (byte)'.']) },
        { "text not UTF-8", InvalidPickle, Object(p => p.Op((byte)'X', 1, 0, 0, 0, 0xff)) },
        { "text of 4 GB", InvalidPickle, Object(p => p.Op((byte)'X', 0xff, 0xff, 0xff, 0xff)) },
        { "negative long length", InvalidPickle, Object(p => p.Op(0x8b, 0xff, 0xff, 0xff, 0xff)) },
        { "huge long", PickleTooLarge, Object(p => p.Op(0x8b, 0, 4, 0, 0).Op(new byte[1024])) },
        { "name without end", InvalidPickle, Object(p => p.Op("c" + new string('m', 5000))) },
        { "deep nesting", PickleTooLarge, Object(p => p.Op(new string(']', 50_000)).Op(new string('a', 49_999))) },
        { "marks without end", PickleTooLarge, Object(p => p.Op(new string('(', 100_000))) },
        { "itself", PickleTooLarge, Object(p => p.Op("]q").Op(0).Op("h").Op(0).Op("a")) },
        { "many paths", PickleTooLarge, Object(p =>
            {
                p.Op("]q").Op(0).Op("0");
                for (byte i = 0; i < 30; i++) p.Op("](h").Op(i).Op("h").Op(i).Op("eq").Op((byte)(i + 1)).Op("0");
                p.Op("h").Op(30);
                return p;
            }) },
        { "one text many times", PickleTooLarge, Object(p =>
            {
                p.Global("_codecs", "encode").Op("q").Op(0).Op("0").Text(new string('x', 100_000)).Op("q").Op(1).Op("0").Op("]");
                for (var i = 0; i < 2000; i++) p.Op("h").Op(0).Op("(h").Op(1).Text("latin1").Op("tRa");
                return p;
            }) },
        { "one list copied many times", PickleTooLarge, Object(p =>
            {
                p.Op("](").Op(new string('N', 50_000)).Op("eq").Op(0).Op("0]");
                for (var i = 0; i < 2000; i++) p.Global("builtins", "set").Op("(h").Op(0).Op("tRa");
                return p;
            }) },
        { "million empty dicts", PickleTooLarge, Object(p => p.Op("(").Op(new string('}', 1_000_000)).Op(new string('}', 1_000_000)).Op("l")) },
        { "offset outside", InvalidPickle, OneTensor([4], [1], offset: 1) },
        { "stride outside", InvalidPickle, OneTensor([2, 2], [3, 1]) },
        { "size outside", InvalidPickle, OneTensor([5], [1]) },
        { "negative size", InvalidPickle, OneTensor([-1], [1]) },
        { "negative stride", InvalidPickle, OneTensor([2], [-1]) },
        { "negative offset", InvalidPickle, OneTensor([2], [1], offset: -1) },
        { "stride overflows", ValidationOverflow, OneTensor([3, 1], [long.MaxValue / 4, 1]) },
        { "offset overflows", ValidationOverflow, OneTensor([1], [1], offset: long.MaxValue) },
        { "size overflows", ValidationOverflow, OneTensor([long.MaxValue, long.MaxValue], [0, 0]) },
        { "storage count overflows", ValidationOverflow, OneTensor([1], [1], count: long.MaxValue) },
        { "terabyte of one element", PickleTooLarge, OneTensor([1L << 40], [0]) },
        { "two sizes, one stride", InvalidPickle, OneTensor([2, 2], [1]) },
        { "65 dimensions", InvalidPickle, OneTensor([.. Enumerable.Repeat(1L, 65)], [.. Enumerable.Repeat(1L, 65)]) },
        { "storage larger than its entry", InvalidPickle, OneTensor([4], [1], count: 5) },
        { "storage that is not there", InvalidArchive, OneTensor([4], [1], key: "7") },
        { "storage key with dots", InvalidPickle, OneTensor([4], [1], key: "../data/0") },
        { "storage key empty", InvalidPickle, OneTensor([4], [1], key: "") },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_pickle_is_refused_by_kind(string what, WeightsErrorKind kind, byte[] bytes)
    {
        var error = Refused(bytes);
        Assert.True(kind == error.Kind, $"{what}: {error.Kind}: {error.Message}");
    }

    [Fact]
    public void Refused_name_is_told() =>
        Assert.Contains("'os.system'", Refused(Object(p => p.Global("os", "system"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Hostile_pickles_take_little_memory()
    {
        foreach (var row in Hostile())
        {
            var bytes = row.Data.Item3;
            File.WriteAllBytes(_folder["a.pth"], bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<WeightsException>(() => PickleFile.Open(_folder["a.pth"]).Dispose());
            var took = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(took < (64 << 20) + (4 * bytes.Length), $"{row.Data.Item1}: {took}");
        }
    }

    [Fact]
    public void Views_share_their_storage()
    {
        using var leak = new LeakCheck();
        using var source = new WeightsSource(Open(RawPickle.Zip(
            new RawPickle().Op("}(").Text("t").Tensor([2, 2], [1, 2]).Text("row").Tensor([2], [1], 2).Text("same").Tensor([3], [0], 1)
                .Text("none").Tensor([0, 2], [2, 1], 9).Text("scalar").Tensor([], [], 3).Op("u").End(),
            ("a/data/0", s_four))));
        using var t = source.Load("t", [2, 2], ScalarType.Float32, Device.Cpu)!;
        using var row = source.Read("row");
        using var same = source.Read("same");
        using var none = source.Read("none");
        using var scalar = source.Read("scalar");
        Assert.Equal([1f, 3, 2, 4], t.ToArray<float>());
        Assert.Equal([3f, 4], row.ToArray<float>());
        Assert.Equal([2f, 2, 2], same.ToArray<float>());
        Assert.Equal([0L, 2], none.Shape);
        Assert.Equal(4f, scalar.Item<float>());
    }

    [Theory]
    [InlineData("HalfStorage", StoredType.F16)]
    [InlineData("BFloat16Storage", StoredType.BF16)]
    [InlineData("LongStorage", StoredType.I64)]
    [InlineData("IntStorage", StoredType.I32)]
    [InlineData("ShortStorage", StoredType.I16)]
    [InlineData("CharStorage", StoredType.I8)]
    [InlineData("ByteStorage", StoredType.U8)]
    [InlineData("BoolStorage", StoredType.Bool)]
    [InlineData("DoubleStorage", StoredType.F64)]
    [InlineData("ComplexFloatStorage", StoredType.C64)]
    public void Every_storage_type_is_read(string storage, StoredType type)
    {
        byte[] data = [.. Enumerable.Range(1, type.Bits() / 4).Select(i => (byte)i)];
        using var file = Open(RawPickle.Zip(RawPickle.Dict("w", p => p.Tensor([2], [1], 0, "0", 2, storage)), ("a/data/0", data)));
        Assert.Equal(type, file["w"].Type);
        Assert.Equal(data, file.Bytes("w").ToArray());
    }

    [Fact]
    public void Big_endian_file_is_turned()
    {
        using var leak = new LeakCheck();
        byte[] turned = [.. s_four.Chunk(4).SelectMany(f => f.Reverse())];
        using var source = new WeightsSource(Open(RawPickle.Zip(
            RawPickle.Dict("w", p => p.Tensor([2, 2], [1, 2])), ("a/byteorder", [.. "big"u8]), ("a/data/0", turned))));
        using var w = source.Read("w");
        Assert.Equal([1f, 3, 2, 4], w.ToArray<float>());
    }

    [Fact]
    public void Untyped_storage_takes_the_tensors_type()
    {
        using var file = Open(RawPickle.Zip(
            RawPickle.Dict("w", p => p.Global("torch._utils", "_rebuild_tensor_v3")
                .Op("((").Text("storage").Global("torch.storage", "UntypedStorage").Text("0").Text("cpu").Number(16).Op("tQ")
                .Number(1).Tuple(2).Tuple(1).Op(0x89).Op("}").Global("torch", "float8_e4m3fn").Op("tR")),
            ("a/data/0", s_four)));
        Assert.Equal(StoredType.F8E4M3, file["w"].Type);
        Assert.Equal(s_four[1..3], file.Bytes("w").ToArray());
    }

    [Fact]
    public void Parameters_ordered_dicts_states_and_settings_are_plain_values()
    {
        using var file = Open(RawPickle.Zip(
            new RawPickle().Op("}(").Text("model").Global("collections", "OrderedDict").Op(")R(").Text("w")
                .Global("torch._utils", "_rebuild_parameter").Op("(").Tensor([4], [1]).Op(0x88).Op("}tRu")
                .Op("}").Text("_metadata").Op("}sb") // the state of the OrderedDict
                .Text("note").Text("über").Text("lr").Op("G").Op(0x3f, 0xf0, 0, 0, 0, 0, 0, 0).Text("on").Op(0x88).Text("no").Op("N")
                .Text("device").Global("torch", "device").Op("(").Text("cuda").Number(0).Op("tR").Op("u").End(),
            ("a/data/0", s_four)));
        Assert.Equal(["model"], file.Sections);
        Assert.Equal(s_four, file.Bytes("w").ToArray());
        Assert.Equal("über", file.Metadata["note"]);
        Assert.Equal("1", file.Metadata["lr"]);
        Assert.Equal("true", file.Metadata["on"]);
        Assert.Equal("cuda", file.Metadata["device"]);
        Assert.False(file.Metadata.ContainsKey("no"));
    }

    [Fact]
    public void Newer_protocols_opcodes_are_read()
    {
        var pickle = new RawPickle().Op("}").Op(0x94).Op(0x8c, 1, (byte)'w').Op(0x94)
            .Text("torch._utils").Op(0x94).Text("_rebuild_tensor").Op(0x93).Op("(").Storage().Number(0).Tuple(4).Tuple(1).Op("tRs").End();
        pickle[1] = 4;
        using var file = Open(RawPickle.Zip(pickle, ("a/data/0", s_four)));
        Assert.Equal(s_four, file.Bytes("w").ToArray());
    }

    [Fact]
    public void Archives_that_hide_or_expand_are_refused()
    {
        var pickle = RawPickle.Dict("w", p => p.Tensor([4], [1]));
        var good = RawPickle.Zip(pickle, ("a/data/0", s_four));
        Open(good).Dispose();

        using var deflated = new MemoryStream();
        using (var zip = new ZipArchive(deflated, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (var entry = zip.CreateEntry("a/data.pkl").Open()) entry.Write(pickle);
            using (var entry = zip.CreateEntry("a/data/0").Open()) entry.Write(new byte[1 << 20]);
        }

        Assert.Contains("compressed", Refused(deflated.ToArray()).Message, StringComparison.Ordinal);
        Assert.Contains("two entries", Refused(RawPickle.Zip(pickle, ("a/data/0", s_four), ("a/data/0", s_four))).Message, StringComparison.Ordinal);
        Assert.Contains("found more", Refused(RawPickle.Zip(pickle, ("b/data.pkl", pickle), ("a/data/0", s_four))).Message, StringComparison.Ordinal);
        Assert.Equal(InvalidArchive, Refused([.. good, 0]).Kind);
        Assert.Equal(InvalidHeader, Assert.Throws<WeightsException>(() => OpenAny([.. new byte[8], .. good])).Kind);
        Assert.Equal(InvalidArchive, Refused([.. "ustar\0\0\0"u8, .. good]).Kind);
        Assert.Contains("TorchScript", Refused(RawPickle.Zip(pickle, ("a/constants.pkl", pickle))).Message, StringComparison.Ordinal);
        Assert.Equal(InvalidArchive, Refused(RawPickle.Zip(pickle, ("a/version", [.. "99"u8]))).Kind);
        Assert.Equal(InvalidArchive, Refused(RawPickle.Zip(pickle, ("a/byteorder", [.. "middle"u8]))).Kind);

        // The second entry's directory record made to point at the first entry's data.
        var alias = good.ToArray();
        var second = Encoding.Latin1.GetString(alias).LastIndexOf("PK\u0001\u0002", StringComparison.Ordinal);
        alias.AsSpan(second + 42, 4).Clear();
        Assert.Equal(InvalidArchive, Refused(alias).Kind);
    }

    void OpenAny(byte[] bytes)
    {
        File.WriteAllBytes(_folder["a.pth"], bytes);
        WeightsFile.Open(_folder["a.pth"]).Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(100)]
    public void Archives_beyond_four_gigabytes_have_their_sizes_and_places_elsewhere(long wideFrom)
    {
        var pickle = RawPickle.Dict("w", p => p.Tensor([4], [1]));
        using var memory = new MemoryStream();
        var archive = new StoredArchiveWriter(memory, wideFrom);
        archive.Add("a/data.pkl", pickle.Length, s => s.Write(pickle));
        archive.Add("a/data/0", s_four.Length, s => s.Write(s_four));
        archive.Finish();
        using var file = Open(memory.ToArray());
        Assert.Equal(s_four, file.Bytes("w").ToArray());
    }

    [Fact]
    public void Extra_bytes_before_the_data_are_padding()
    {
        // What newer versions add: 64-byte alignment is PyTorch's own, and other entries are not ours to read.
        using var file = Open(RawPickle.Zip(
            RawPickle.Dict("w", p => p.Tensor([4], [1])), ("a/.data/serialization_id", new byte[40]), ("a/data/0", s_four)));
        Assert.Equal(0, file["w"].Offset % 64);
        Assert.Equal(s_four, file.Bytes("w").ToArray());
    }

    [Theory]
    [InlineData("pixart_alpha_256_bf16.pth", 211)]
    [InlineData("pixart_alpha_256_legacy.pth", 373)]
    [InlineData("train_checkpoint.pth", 97)]
    public void Truncation_at_any_byte_is_a_typed_error(string name, int step)
    {
        var path = GoldenSet.Open().PathOf($"original/{name}");
        if (!File.Exists(path)) Assert.Skip("not in this set");
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length += step)
        {
            File.WriteAllBytes(_folder["t.pth"], whole.AsSpan(0, length));
            Assert.Throws<WeightsException>(() => PickleFile.Open(_folder["t.pth"]).Dispose());
        }
    }

    [Fact]
    public void Pickle_cut_at_every_byte_is_a_typed_error()
    {
        var path = GoldenSet.Open().PathOf("original/train_checkpoint.pth");
        if (!File.Exists(path)) Assert.Skip("not in this set");
        using var file = new MappedFile(path);
        var (offset, length) = StoredArchive.Read(file).Entries["train_checkpoint/data.pkl"];
        var whole = file.Span(offset, length).ToArray();
        Assert.IsType<PickleDict>(new PickleReader("whole", whole).Read());
        for (var cut = 0; cut < length; cut++)
        {
            Assert.Throws<WeightsException>(() => new PickleReader("cut", whole.AsSpan(0, cut)).Read());
        }
    }
}
