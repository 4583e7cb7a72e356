using System.Buffers.Binary;
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

    static byte[] OneTensor(long[] shape, long[] strides, long offset = 0, long count = 4, string key = "0", string type = "FloatStorage", string module = "torch") =>
        RawPickle.Zip(RawPickle.Dict("w", p => p.Tensor(shape, strides, offset, key, count, type, module)), ("a/data/0", s_four));

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

    public static TheoryData<string, WeightsErrorKind, string, byte[]> Hostile() => new()
    {
        { "unknown global", ForbiddenPickle, "asks for 'mod.Thing', which is not among the names that weights need; nothing was run", Object(p => p.Global("mod", "Thing")) },
        { "os.system reduced", ForbiddenPickle, "asks for 'os.system'", Object(p => p.Global("os", "system").Op("(").Text("id").Op("tR")) },
        { "posix.system", ForbiddenPickle, "asks for 'posix.system'", Object(p => p.Global("posix", "system")) },
        { "builtins.eval", ForbiddenPickle, "asks for 'builtins.eval'", Object(p => p.Global("builtins", "eval")) },
        { "builtins.getattr", ForbiddenPickle, "asks for 'builtins.getattr'", Object(p => p.Global("builtins", "getattr")) },
        { "torch.load inside", ForbiddenPickle, "asks for 'torch.serialization.load'", Object(p => p.Global("torch.serialization", "load")) },
        { "dotted name", ForbiddenPickle, "asks for 'torch.nn.Module'", Object(p => p.Global("torch", "nn.Module")) },
        { "stack global", ForbiddenPickle, "asks for 'os.system'", Object(p => p.Text("os").Text("system").Op(0x93)) },
        { "nested reduce", ForbiddenPickle, "asks for 'os.system'", Object(p => p.Global("collections", "OrderedDict").Op("(").Global("os", "system").Op("tR")) },
        { "inst", ForbiddenPickle, "pickle opcode 'i' at byte 3 could run code; weights do not need it", Object(p => p.Op("(ios\nsystem\n")) },
        { "obj", ForbiddenPickle, "pickle opcode 'o' at byte 28 could run code", Object(p => p.Op("(").Global("collections", "OrderedDict").Op("o")) },
        { "newobj_ex", ForbiddenPickle, "pickle opcode 0x92 at byte 29 could run code", Object(p => p.Global("collections", "OrderedDict").Op(")}").Op(0x92)) },
        { "text persistent id", ForbiddenPickle, "pickle opcode 'P' at byte 2 could run code", Object(p => p.Op("P0\n")) },
        { "extension registry", ForbiddenPickle, "pickle opcode 0x82 at byte 2 could run code", Object(p => p.Op(0x82, 1)) },
        { "state for a list", ForbiddenPickle, "has a state for something that is neither dict nor tensor at byte 5", Object(p => p.Op("]}b")) },
        { "state for a global", ForbiddenPickle, "has a state for something that is neither dict nor tensor", Object(p => p.Global("collections", "OrderedDict").Op("}b")) },
        { "reduce of the wrong arguments", ForbiddenPickle, "asks for 'torch._utils._rebuild_tensor_v2' with 0 arguments of unexpected kinds; nothing was run", Object(p => p.Global("torch._utils", "_rebuild_tensor_v2").Op(")R")) },
        { "storage of a type", ForbiddenPickle, "asks for a storage of 'torch.float32'; nothing was run", Object(p => p.Op("(").Text("storage").Global("torch", "float32").Text("0").Text("cpu").Number(1).Op("tQ")) },
        { "persistent id that is text", InvalidPickle, "is damaged: found a persistent id that is no storage", Object(p => p.Text("storage").Op("Q")) },
        { "persistent id of another kind", InvalidPickle, "found a persistent id that is no storage", Object(p => p.Op("(").Text("module").Op("tQ")) },
        { "negative storage", InvalidPickle, "found a persistent id that is no storage", Object(p => p.Storage(count: -1)) },
        { "reduce of text", InvalidPickle, "found something that cannot be built at byte", Object(p => p.Text("x").Op(")R")) },
        { "empty stack", InvalidPickle, "found an end with 0 values on the stack, expected 1, at byte 3", Object(p => p) },
        { "two values left", InvalidPickle, "found an end with 2 values on the stack, expected 1, at byte 5", Object(p => p.Op("]]")) },
        { "mark left", InvalidPickle, "found an end with 1 values on the stack, expected 1, at byte 5", Object(p => p.Op("](")) },
        { "pop of nothing", InvalidPickle, "found no value where one is needed at byte 3", Object(p => p.Op("0")) },
        { "memo never set", InvalidPickle, "found memo 7, which was never set at byte 4", Object(p => p.Op("h").Op(7)) },
        { "end without beginning", InvalidPickle, "found an end without a beginning at byte 3", Object(p => p.Op("t")) },
        { "append to text", InvalidPickle, "found items for something that is no list at byte", Object(p => p.Text("x").Op("Na")) },
        { "items below a mark", InvalidPickle, "found items for something that is no list at byte", Object(p => p.Op("](Na")) },
        { "key without value", InvalidPickle, "found a key without a value at byte", Object(p => p.Op("}(Nu")) },
        { "unknown opcode", InvalidPickle, "found the unknown opcode 0xff at byte 3", Object(p => p.Op(0xff)) },
        { "protocol 9", InvalidPickle, "found protocol 9, expected 1 to 5, at byte 2", RawPickle.Zip([0x80, 9, (byte)'N', (byte)'.']) },
        { "text not UTF-8", InvalidPickle, "found text that is not UTF-8 at byte", Object(p => p.Op((byte)'X', 1, 0, 0, 0, 0xff)) },
        { "text of 4 GB", InvalidPickle, "found a length of 4294967295 at byte", Object(p => p.Op((byte)'X', 0xff, 0xff, 0xff, 0xff)) },
        { "negative long length", InvalidPickle, "found a length of -1 at byte", Object(p => p.Op(0x8b, 0xff, 0xff, 0xff, 0xff)) },
        { "huge long", PickleTooLarge, "needs too much integer", Object(p => p.Op(0x8b, 0, 4, 0, 0).Op(new byte[1024])) },
        { "name without end", InvalidPickle, "found a name without an end at byte", Object(p => p.Op("c" + new string('m', 5000))) },
        { "deep nesting", PickleTooLarge, "too deep or too large", Object(p => p.Op(new string(']', 50_000)).Op(new string('a', 49_999))) },
        { "marks without end", PickleTooLarge, "needs too much nesting", Object(p => p.Op(new string('(', 100_000))) },
        { "itself", PickleTooLarge, "too deep or too large", Object(p => p.Op("]q").Op(0).Op("h").Op(0).Op("a")) },
        { "many paths", PickleTooLarge, "too deep or too large", Object(p =>
            {
                p.Op("]q").Op(0).Op("0");
                for (byte i = 0; i < 30; i++) p.Op("](h").Op(i).Op("h").Op(i).Op("eq").Op((byte)(i + 1)).Op("0");
                p.Op("h").Op(30);
                return p;
            }) },
        { "one text many times", PickleTooLarge, "needs too much memory", Object(p =>
            {
                p.Global("_codecs", "encode").Op("q").Op(0).Op("0").Text(new string('x', 100_000)).Op("q").Op(1).Op("0").Op("]");
                for (var i = 0; i < 2000; i++) p.Op("h").Op(0).Op("(h").Op(1).Text("latin1").Op("tRa");
                return p;
            }) },
        { "one list copied many times", PickleTooLarge, "needs too much memory", Object(p =>
            {
                p.Op("](").Op(new string('N', 50_000)).Op("eq").Op(0).Op("0]");
                for (var i = 0; i < 2000; i++) p.Global("builtins", "set").Op("(h").Op(0).Op("tRa");
                return p;
            }) },
        { "million empty dicts", PickleTooLarge, "needs too much", Object(p => p.Op("(").Op(new string('}', 1_000_000)).Op(new string('}', 1_000_000)).Op("l")) },
        { "offset outside", InvalidPickle, "tensor 'w': reaches to byte 20 of a storage of 16", OneTensor([4], [1], offset: 1) },
        { "stride outside", InvalidPickle, "tensor 'w': reaches to byte 20 of a storage of 16", OneTensor([2, 2], [3, 1]) },
        { "size outside", InvalidPickle, "tensor 'w': reaches to byte 20 of a storage of 16", OneTensor([5], [1]) },
        { "negative size", InvalidPickle, "found a size, stride or offset of -1", OneTensor([-1], [1]) },
        { "negative stride", InvalidPickle, "found a size, stride or offset of -1", OneTensor([2], [-1]) },
        { "negative offset", InvalidPickle, "found a size, stride or offset of -1", OneTensor([2], [1], offset: -1) },
        { "stride overflows", ValidationOverflow, "tensor 'w': its offset and strides overflow", OneTensor([3, 1], [long.MaxValue / 4, 1]) },
        { "offset overflows", ValidationOverflow, "tensor 'w': its offset and strides overflow", OneTensor([1], [1], offset: long.MaxValue) },
        { "size overflows", ValidationOverflow, "tensor 'w': shape [9223372036854775807, 9223372036854775807] has too many elements", OneTensor([long.MaxValue, long.MaxValue], [0, 0]) },
        { "storage count overflows", ValidationOverflow, "tensor 'w': its offset and strides overflow", OneTensor([1], [1], count: long.MaxValue) },
        { "terabyte of one element", PickleTooLarge, "tensor 'w': [1099511627776] takes 4398046511104 bytes, more than its file", OneTensor([1L << 40], [0]) },
        { "two sizes, one stride", InvalidPickle, "found a tensor of 2 sizes and 1 strides", OneTensor([2, 2], [1]) },
        { "65 dimensions", InvalidPickle, "found a tensor of 65 sizes and 65 strides", OneTensor([.. Enumerable.Repeat(1L, 65)], [.. Enumerable.Repeat(1L, 65)]) },
        { "storage larger than its entry", InvalidPickle, "tensor 'w': its storage has 16 bytes, expected 20", OneTensor([4], [1], count: 5) },
        { "storage that is not there", InvalidArchive, "lacks the entry data/7 that its pickle names", OneTensor([4], [1], key: "7") },
        { "storage key with dots", InvalidPickle, "names a storage '../data/0'", OneTensor([4], [1], key: "../data/0") },
        { "storage key empty", InvalidPickle, "names a storage ''", OneTensor([4], [1], key: "") },
        { "global without a name", InvalidPickle, "found a global without a name", Object(p => p.Op("NN").Op(0x93)) },
        { "arguments that are none", InvalidPickle, "found arguments that are no tuple", Object(p => p.Global("builtins", "set").Op("NR")) },
        { "tuple of nothing", InvalidPickle, "found a tuple of values that are not there", Object(p => p.Op("N(").Op(0x85)) },
        { "million tuples", PickleTooLarge, "needs too much memory", Object(p => p.Op("(").Op(new string(')', 1_000_000)).Op("l")) },
        { "view of a storage", InvalidPickle, "found a storage view that does not fit", Object(p => p
            .Op("(").Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Number(4).Op("(").Text("1").Number(3).Number(2).Op("ttQ")) },
        { "tensor of a storage's type", ForbiddenPickle, "asks for a tensor of type 'torch.FloatStorage'; nothing was run", Object(p => p
            .Global("torch._utils", "_rebuild_tensor_v3").Op("(").Storage().Number(0).Tuple(4).Tuple(1).Op(0x89).Op("}").Global("torch", "FloatStorage").Op("tR")) },
        { "tensor without a type", InvalidPickle, "found a tensor without a type", OneTensor([4], [1], type: "UntypedStorage", module: "torch.storage") },
        { "size that is text", InvalidPickle, "found a size or stride that is no number", Object(p => p
            .Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage().Number(0).Op("(").Text("4").Op("t").Tuple(1).Op(0x89).Op("}tR")) },
        { "dict of numbers", InvalidPickle, "found a dict of things that are no pairs", Object(p => p.Global("collections", "OrderedDict").Op("(](").Number(1).Op("etR")) },
        { "dict of text", InvalidPickle, "found a dict of something else", Object(p => p.Global("collections", "OrderedDict").Op("(").Text("x").Op("tR")) },
        { "set of text", InvalidPickle, "found a list of something else", Object(p => p.Global("builtins", "set").Op("(").Text("x").Op("tR")) },
        { "one name twice", InvalidPickle, "tensor '1': appears twice", RawPickle.Zip(
            new RawPickle().Op("}(").Text("1").Tensor([4], [1]).Number(1).Tensor([4], [1]).Op("u").End(), ("a/data/0", s_four)) },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_pickle_is_refused_by_kind(string what, WeightsErrorKind kind, string message, byte[] bytes)
    {
        var error = Refused(bytes);
        Assert.True(kind == error.Kind, $"{what}: {error.Kind}: {error.Message}");
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_pickles_take_little_memory()
    {
        foreach (var row in Hostile())
        {
            var bytes = row.Data.Item4;
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

        void Told(string message, byte[] bytes) => Assert.Equal($"{_folder["a.pth"]}: {message}", Refused(bytes).Message);
        Told("the zip container is not as PyTorch writes it: entry 'a/data.pkl' is compressed, expected stored", deflated.ToArray());
        Told("the zip container is not as PyTorch writes it: has two entries 'a/data/0'", RawPickle.Zip(pickle, ("a/data/0", s_four), ("a/data/0", s_four)));
        Told("is no PyTorch file: expected one entry '<name>/data.pkl', found more", RawPickle.Zip(pickle, ("b/data.pkl", pickle), ("a/data/0", s_four)));
        Told("is no PyTorch file: neither a zip container nor the legacy form", [.. "not weights at all"u8]);
        Assert.Equal(InvalidArchive, Refused([.. good, 0]).Kind);
        Assert.Equal(InvalidHeader, Assert.Throws<WeightsException>(() => OpenAny([.. new byte[8], .. good])).Kind);
        Assert.Equal(InvalidArchive, Refused([.. "ustar\0\0\0"u8, .. good]).Kind);
        Told("is a TorchScript program, expected weights of torch.save", RawPickle.Zip(pickle, ("a/constants.pkl", pickle)));
        Assert.EndsWith("has format version '99', expected 1 to 10", Refused(RawPickle.Zip(pickle, ("a/version", [.. "99"u8]))).Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "has byte order 'middle', expected little or big",
            Refused(RawPickle.Zip(pickle, ("a/data/0", s_four), ("a/byteorder", [.. "middle"u8]))).Message, StringComparison.Ordinal);

        // The second entry's directory record made to point at the first entry's data.
        var alias = good.ToArray();
        var second = Encoding.Latin1.GetString(alias).LastIndexOf("PK\u0001\u0002", StringComparison.Ordinal);
        alias.AsSpan(second + 42, 4).Clear();
        Assert.Equal(InvalidArchive, Refused(alias).Kind);
    }

    [Fact]
    public void A_pickle_beyond_all_reason_is_refused_before_it_is_read()
    {
        const int length = (256 << 20) + 1;
        using var memory = new MemoryStream();
        var archive = new StoredArchiveWriter(memory);
        archive.Add("a/data.pkl", length, _ => { });
        archive.Finish();
        var bytes = memory.ToArray();

        // The pickle itself is a hole in the file; what stands behind it moves by so much: the directory, and its zip64 end record.
        foreach (var place in (int[])[50, 34, 6]) // start of the directory; place of the end record; start of the directory again
        {
            var number = bytes.AsSpan()[^place..];
            BinaryPrimitives.WriteInt32LittleEndian(number, BinaryPrimitives.ReadInt32LittleEndian(number) + length);
        }

        using (var disk = File.Create(_folder["a.pth"]))
        {
            disk.Write(bytes.AsSpan(0, 64));
            disk.Seek(length, SeekOrigin.Current);
            disk.Write(bytes.AsSpan(64));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<WeightsException>(() => PickleFile.Open(_folder["a.pth"]).Dispose());
        Assert.Equal($"{_folder["a.pth"]}: its pickle has 268435457 bytes, at most 268435456 are read", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
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
