using PixArt.Fuzz;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Weights.Gguf;

public sealed class GgufFileTests : IDisposable
{
    const uint F32 = 0, F16 = 1, Q8 = 8, Bf16 = 30;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (i - (count / 3)) / 8f)];

    static byte[] Bytes(float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    WeightsException Refused(GgufBuilder builder) => Assert.Throws<WeightsException>(() => WeightsFile.Open(builder.Write(_folder["bad.gguf"])));

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Tensors_and_settings_are_there(uint version)
    {
        using var leak = new LeakCheck();
        var values = Ramp(96);
        var path = new GgufBuilder { Version = version, Alignment = 64 }
            .Setting("general.architecture", "t5encoder").Setting("general.alignment", 64).Setting("t5.block_count", 24)
            .List("tokenizer.ggml.tokens", 8, 2, [.. GgufBuilder.Text("a"), .. GgufBuilder.Text("b")])
            .Tensor("plain", [2, 3], F32, Bytes(Ramp(6)))
            .Tensor("half", [3], F16, [.. Ramp(3).SelectMany(v => BitConverter.GetBytes((Half)v))])
            .Tensor("brain", [2], Bf16, [0x80, 0x3f, 0x00, 0xc0])
            .Tensor("packed", [3, 32], Q8, Quantizer.Q8(values))
            .Write(_folder["a.gguf"]);
        using var source = WeightsSource.Open(path);
        using var file = WeightsFile.Open(path);
        Assert.Equal(("t5encoder", "24", "2 texts"), (file.Metadata["general.architecture"], file.Metadata["t5.block_count"], file.Metadata["tokenizer.ggml.tokens"]));

        using var plain = source.Read("plain");
        Assert.Equal([2L, 3], plain.Shape);
        Assert.Equal([.. Ramp(6).Select(v => (double)v)], Close.Doubles(plain));
        using var half = source.Read("half");
        Assert.Equal(ScalarType.Float16, half.DType);
        using var brain = source.Read("brain");
        Assert.Equal([1.0, -2.0], Close.Doubles(brain));

        var stored = file["packed"];
        Assert.Equal(("Q8_0", StoredType.F32, 96L * 4, 102L), (stored.TypeName, stored.Type, stored.ByteCount, stored.StoredBytes));
        using var packed = source.Read("packed");
        Assert.Equal([3L, 32], packed.Shape);
        Close.Assert([.. values.Select(v => (double)v)], Close.Doubles(packed), 1e-2, "packed");
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Packed_tensors_come_in_the_type_that_is_asked_for(ScalarType type)
    {
        using var leak = new LeakCheck();
        // More than one piece of work.
        var values = Ramp(32 * 2500);
        var path = new GgufBuilder().Tensor("w", [2500, 32], Q8, Quantizer.Q8(values)).Write(_folder["a.gguf"]);
        using var source = WeightsSource.Open(path);
        using var scope = TensorScope.Begin();
        var wide = source.Load("w", [2500, 32], ScalarType.Float32, Device.Cpu)!;
        var found = source.Load("w", [2500, 32], type, Device.Cpu)!;
        Assert.Equal(type, found.DType);
        Assert.Equal(Close.Doubles(wide.To(type)), Close.Doubles(found));
        wide.Dispose();
        found.Dispose();
    }

    [Fact]
    public void Written_as_safetensors_they_are_float32()
    {
        var values = Ramp(64);
        var path = new GgufBuilder().Tensor("w", [2, 32], Q8, Quantizer.Q8(values)).Write(_folder["a.gguf"]);
        using var source = WeightsSource.Open(path);
        SafetensorsWriter.Write(_folder["a.safetensors"], source.ToWrite());
        using var written = WeightsSource.Open(_folder["a.safetensors"]);
        using var expected = source.Read("w");
        using var found = written.Read("w");
        Assert.Equal(Close.Doubles(expected), Close.Doubles(found));
    }

    [Fact]
    public void A_block_cannot_be_parted()
    {
        var path = new GgufBuilder().Tensor("kv.bias", [32], Q8, Quantizer.Q8(Ramp(32))).Write(_folder["a.gguf"]);
        using var file = WeightsFile.Open(path);
        Assert.Equal($"{path}: tensor 'kv.bias': has shape [32] in blocks of 32, which cannot be parted in 2",
            Assert.Throws<WeightsException>(() => StoredParts.Take(path, file["kv.bias"], 0, 2, pointwise: false)).Message);
    }

    [Fact]
    public void Fused_packed_tensors_are_parted()
    {
        using var leak = new LeakCheck();
        var values = Ramp(3 * 2 * 32);
        var path = new GgufBuilder()
            .Tensor("x_embedder.proj.weight", [2, 4, 2, 2], F32, Bytes(Ramp(32)))
            .Tensor("blocks.0.attn.qkv.weight", [6, 32], Q8, Quantizer.Q8(values)).Write(_folder["a.gguf"]);
        using var source = WeightsSource.OpenModel(path);
        using var key = source.Load("transformer_blocks.0.attn1.to_k.weight", [2, 32], ScalarType.Float32, Device.Cpu);
        Close.Assert([.. values[64..128].Select(v => (double)v)], Close.Doubles(key!), 1e-2, "to_k");
    }

    [Fact]
    public void A_noted_original_shape_is_taken()
    {
        var path = new GgufBuilder()
            .List("comfy.gguf.orig_shape.w", 5, 2, [.. BitConverter.GetBytes(4), .. BitConverter.GetBytes(16)])
            .Tensor("w", [2, 32], Q8, Quantizer.Q8(Ramp(64))).Write(_folder["a.gguf"]);
        using var file = WeightsFile.Open(path);
        Assert.Equal([4L, 16], file["w"].Shape);
    }

    [Fact]
    public void Types_without_a_reader_are_listed_and_refused_when_asked_for()
    {
        var path = new GgufBuilder().Tensor("w", [1, 32], 20, new byte[18]).Write(_folder["a.gguf"]);
        using var source = WeightsSource.Open(path);
        Assert.Equal("IQ4_NL", source.Find("w")!.TypeName);
        var error = Assert.Throws<WeightsException>(() => source.Read("w"));
        Assert.Equal(WeightsErrorKind.UnsupportedType, error.Kind);
        Assert.EndsWith("tensor 'w': has type IQ4_NL; of the packed types Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K can be read", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1u, "is GGUF of version 1, expected 2 or 3")]
    [InlineData(0x03000000u, "is GGUF of version 50331648 (its bytes are in the other order), expected 2 or 3")]
    public void Other_versions_are_refused(uint version, string message)
    {
        var error = Refused(new GgufBuilder { Version = version });
        Assert.Equal(WeightsErrorKind.InvalidHeader, error.Kind);
        Assert.EndsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lies_of_the_header_are_refused()
    {
        var one = Bytes(Ramp(4));
        (GgufBuilder File, WeightsErrorKind Kind, string Message)[] cases =
        [
            (new() { ClaimedTensors = long.MaxValue }, WeightsErrorKind.HeaderTooLarge, "claims 9223372036854775807 tensors, at most 65536 are read"),
            (new() { ClaimedSettings = 70_000 }, WeightsErrorKind.HeaderTooLarge, "claims 70000 settings, at most 65536 are read"),
            (new() { ClaimedSettings = 5 }, WeightsErrorKind.InvalidHeaderLength, "is truncated within its header, at byte "),
            (new GgufBuilder().Setting("a", 1).Setting("a", 2), WeightsErrorKind.InvalidHeader, "has the setting 'a' twice"),
            (new GgufBuilder().Setting("a", 77, []), WeightsErrorKind.InvalidHeader, "has the setting 'a' of an unknown kind 77"),
            (new GgufBuilder().Setting("a", 8, BitConverter.GetBytes(long.MaxValue)), WeightsErrorKind.InvalidHeaderLength, "is truncated: 9223372036854775807 more fields"),
            (new GgufBuilder().List("a", 4, 1L << 40, []), WeightsErrorKind.InvalidHeaderLength, "is truncated: 1099511627776 more fields at byte "),
            (new GgufBuilder().List("a", 77, 1, []), WeightsErrorKind.InvalidHeader, "has a list of an unknown kind 77"),
            (new GgufBuilder().List("a", 9, 1, []), WeightsErrorKind.InvalidHeader, "has a list of lists"),
            (new GgufBuilder().Setting("general.alignment", 24), WeightsErrorKind.InvalidHeader, "has the alignment 24, expected a power of two"),
            (new GgufBuilder().Tensor("t", [1, 1, 1, 2, 2], F32, one), WeightsErrorKind.TensorInvalidInfo, "has 5 dimensions, at most 4"),
            (new GgufBuilder().Tensor("t", [-1], F32, one), WeightsErrorKind.ValidationOverflow, "has a dimension of 18446744073709551615"),
            (new GgufBuilder().Tensor("t", [1L << 40, 1L << 40], F32, one), WeightsErrorKind.ValidationOverflow, "has too many elements"),
            (new GgufBuilder().Tensor("t", [4], 99, one), WeightsErrorKind.UnsupportedType, "has type number 99, which is not known"),
            (new GgufBuilder().Tensor("t", [2, 16], Q8, new byte[34]), WeightsErrorKind.TensorInvalidInfo, "has shape [2, 16], but Q8_0 has blocks of 32"),
            (new GgufBuilder().Tensor("t", [400], F32, one), WeightsErrorKind.MetadataIncompleteBuffer, "ends at 1600, but the file has"),
            (new GgufBuilder { OffsetLie = 32 }.Tensor("t", [4], F32, one), WeightsErrorKind.InvalidOffset, "begins at 32, expected 0"),
            (new GgufBuilder().Tensor("t", [4], F32, one).Tensor("t", [4], F32, one), WeightsErrorKind.InvalidHeader, "appears twice in the header"),
            (new GgufBuilder().Tensor("t", [4], F32, [.. one, .. new byte[64]]), WeightsErrorKind.MetadataIncompleteBuffer, "bytes after its last tensor"),
            (new GgufBuilder().Tensor("", [4], F32, one), WeightsErrorKind.InvalidHeader, "has a tensor without a name"),
            (new GgufBuilder { OffsetLie = long.MinValue }.Tensor("t", [4], F32, one), WeightsErrorKind.ValidationOverflow, "begins at 9223372036854775808, more than a file can hold"),
            (new GgufBuilder().Setting("a", 8, [1, 0, 0, 0, 0, 0, 0, 0, 0xff]), WeightsErrorKind.InvalidHeader, "has a text that is not UTF-8"),
            (new GgufBuilder().Setting(new string('a', 13 << 20), 1), WeightsErrorKind.HeaderTooLarge, "has more names and texts than a header can need"),
            (new GgufBuilder().List("comfy.gguf.orig_shape.t", 5, 1, [5, 0, 0, 0]).Tensor("t", [4], F32, one),
                WeightsErrorKind.TensorInvalidInfo, "tensor 't': has [4], but is said to have been [5]"),
        ];
        foreach (var (file, kind, message) in cases)
        {
            var error = Refused(file);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.Equal(kind, error.Kind);
        }
    }

    [Fact]
    public void A_text_of_gigabytes_is_refused_before_it_is_read()
    {
        var path = new GgufBuilder().Setting("a", 8, BitConverter.GetBytes(3L << 30)).Write(_folder["large.gguf"]);
        // A hole: it takes no room on the disk.
        using (var file = File.OpenWrite(path)) file.SetLength(4L << 30);
        var error = Assert.Throws<WeightsException>(() => WeightsFile.Open(path));
        Assert.Equal($"{path}: has a text of 3221225472 bytes, more than a header can need", error.Message);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var whole = new GgufBuilder().Setting("general.architecture", "t5").Tensor("t", [1, 32], Q8, Quantizer.Q8(Ramp(32))).Build();
        // Without the padding after the last tensor it is whole.
        for (var length = 0; length < whole.Length - 30; length++)
            Assert.Throws<WeightsException>(() => WeightsFile.Open(new MappedFile("cut", whole[..length])).Dispose());
    }
}
