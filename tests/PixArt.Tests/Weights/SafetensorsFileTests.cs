using System.Text;
using PixArt.Weights;
using static PixArt.Tests.Weights.RawSafetensors;

namespace PixArt.Tests.Weights;

public sealed class SafetensorsFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, WeightsErrorKind, byte[]> Malformed() => new()
    {
        { "empty file", WeightsErrorKind.HeaderTooSmall, [] },
        { "seven bytes", WeightsErrorKind.HeaderTooSmall, new byte[7] },
        { "header claims 100 MB and 1", WeightsErrorKind.HeaderTooLarge, Make([.. "{}"u8], 0, 100_000_001) },
        { "header claims 2^64-1", WeightsErrorKind.HeaderTooLarge, Make([.. "{}"u8], 0, ulong.MaxValue) },
        { "header beyond the file", WeightsErrorKind.InvalidHeaderLength, Make([.. "{}"u8], 0, 3) },
        { "header of no bytes", WeightsErrorKind.InvalidHeader, Make("") },
        { "does not begin with a brace", WeightsErrorKind.InvalidHeader, Make(" {}") },
        { "a list", WeightsErrorKind.InvalidHeader, Make("[]") },
        { "not UTF-8", WeightsErrorKind.InvalidHeader, Make([(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)'}']) },
        { "not JSON", WeightsErrorKind.InvalidHeaderDeserialization, Make("{nonsense}") },
        { "ends early", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"a\":{\"dtype\":\"F32\"") },
        { "text after the end", WeightsErrorKind.InvalidHeaderDeserialization, Make("{} {}") },
        { "nested too deep", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"a\":{\"x\":" + new string('[', 200)) },
        { "half a surrogate", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"\\ud800\":{}}") },
        { "tensor is no object", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"a\":1}") },
        { "no dtype", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"a\":{\"shape\":[],\"data_offsets\":[0,0]}}") },
        { "no shape", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,0]}}") },
        { "no offsets", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}") },
        { "unknown dtype", WeightsErrorKind.InvalidHeaderDeserialization, Make($"{{{Entry("a", "F31", "[0]", 0, 0)}}}") },
        { "negative size", WeightsErrorKind.InvalidHeaderDeserialization, Make($"{{{Entry("a", "U8", "[-1]", 0, 0)}}}") },
        { "fractional size", WeightsErrorKind.InvalidHeaderDeserialization, Make($"{{{Entry("a", "U8", "[1.5]", 0, 1)}}}", 1) },
        { "three offsets", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0,0]}}") },
        { "duplicate name", WeightsErrorKind.InvalidHeaderDeserialization, Make($"{{{Entry("a", "U8", "[1]", 0, 1)},{Entry("a", "U8", "[1]", 1, 2)}}}", 2) },
        { "duplicate field", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}") },
        { "metadata holds a number", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"__metadata__\":{\"a\":1}}") },
        { "metadata is a list", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"__metadata__\":[]}") },
        { "two metadata", WeightsErrorKind.InvalidHeaderDeserialization, Make("{\"__metadata__\":{},\"__metadata__\":{}}") },
        { "many tensors on the same bytes", WeightsErrorKind.InvalidOffset, Make("{" + string.Join(',', Enumerable.Range(0, 99).Select(i => Entry($"t{i}", "F32", "[2,2]", 0, 16))) + "}", 16) },
        { "partial overlap", WeightsErrorKind.InvalidOffset, Make($"{{{Entry("a", "U8", "[4]", 0, 4)},{Entry("b", "U8", "[4]", 2, 6)}}}", 6) },
        { "hole before the first", WeightsErrorKind.InvalidOffset, Make($"{{{Entry("a", "U8", "[2]", 2, 4)}}}", 4) },
        { "hole between", WeightsErrorKind.InvalidOffset, Make($"{{{Entry("a", "U8", "[2]", 0, 2)},{Entry("b", "U8", "[1]", 3, 4)}}}", 4) },
        { "ends before it begins", WeightsErrorKind.InvalidOffset, Make($"{{{Entry("a", "U8", "[0]", 4, 0)}}}", 4) },
        { "shape and span disagree", WeightsErrorKind.TensorInvalidInfo, Make($"{{{Entry("a", "F32", "[2,2]", 0, 8)}}}", 8) },
        { "65 dimensions", WeightsErrorKind.TensorInvalidInfo, Make($"{{{Entry("a", "U8", "[" + string.Join(',', Enumerable.Repeat(1, 65)) + "]", 0, 1)}}}", 1) },
        { "product overflows", WeightsErrorKind.ValidationOverflow, Make($"{{{Entry("a", "F32", "[4294967296,4294967296]", 0, 0)}}}") },
        { "product times bits overflows", WeightsErrorKind.ValidationOverflow, Make($"{{{Entry("a", "F64", "[1152921504606846976]", 0, 0)}}}") },
        { "size beyond 63 bits", WeightsErrorKind.ValidationOverflow, Make($"{{{Entry("a", "U8", "[18446744073709551615]", 0, 0)}}}") },
        { "bytes after the last tensor", WeightsErrorKind.MetadataIncompleteBuffer, Make($"{{{Entry("a", "U8", "[2]", 0, 2)}}}", 3) },
        { "truncated data", WeightsErrorKind.MetadataIncompleteBuffer, Make($"{{{Entry("a", "U8", "[4]", 0, 4)}}}", 3) },
        { "bytes without tensors", WeightsErrorKind.MetadataIncompleteBuffer, Make("{}", 1) },
        { "four-bit elements end within a byte", WeightsErrorKind.MisalignedSlice, Make($"{{{Entry("a", "F4", "[3]", 0, 2)}}}", 2) },
        // Abuse: one page of header that claims a terabyte; a tensor that reaches into the header; a name that forges a line.
        { "abuse: claims a terabyte", WeightsErrorKind.MetadataIncompleteBuffer, Make($"{{{Entry("a", "U8", "[1099511627776]", 0, 1099511627776)}}}") },
        { "abuse: reaches into the header", WeightsErrorKind.ValidationOverflow, Make($"{{{Entry("a", "U8", "[8]", 0, 8).Replace("[0,8]", "[18446744073709551608,8]", StringComparison.Ordinal)}}}", 8) },
        { "abuse: name with line breaks", WeightsErrorKind.TensorInvalidInfo, Make($"{{{Entry("a\\n\\u202eb\\u001b[2J", "U8", "[8]", 0, 2)}}}", 2) },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Malformed_file_is_refused_by_kind_in_one_line(string what, WeightsErrorKind kind, byte[] bytes)
    {
        File.WriteAllBytes(_folder["bad.safetensors"], bytes);
        var error = Assert.Throws<WeightsException>(() => SafetensorsFile.Open(_folder["bad.safetensors"]).Dispose());
        Assert.True(kind == error.Kind, $"{what}: {error.Kind}: {error.Message}");
        Assert.Contains("bad.safetensors", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.DoesNotContain('\u202e', error.Message);
    }

    [Fact]
    public void Shape_error_names_file_and_tensor()
    {
        File.WriteAllBytes(_folder["a.safetensors"], Make($"{{{Entry("blocks.0.w", "F32", "[2,3]", 0, 8)}}}", 8));
        var error = Assert.Throws<WeightsException>(() => SafetensorsFile.Open(_folder["a.safetensors"]).Dispose());
        Assert.Equal("blocks.0.w", error.Tensor);
        Assert.Equal(
            $"{_folder["a.safetensors"]}: tensor 'blocks.0.w': has 8 bytes, but F32 [2, 3] takes 24", error.Message);
    }

    [Fact]
    public void Missing_file_is_not_found()
    {
        var error = Assert.Throws<WeightsException>(() => SafetensorsFile.Open(_folder["none.safetensors"]).Dispose());
        Assert.Equal(WeightsErrorKind.NotFound, error.Kind);
    }

    [Fact]
    public void Folder_instead_of_a_file_is_an_io_error()
    {
        var error = Assert.Throws<WeightsException>(() => SafetensorsFile.Open(_folder.Path).Dispose());
        Assert.Equal(WeightsErrorKind.Io, error.Kind);
    }

    [Fact]
    public void Padding_after_the_header_scalars_and_empty_tensors_are_fine()
    {
        var json = $"{{\"__metadata__\":{{\"format\":\"pt\"}},{Entry("none", "F32", "[2,0,3]", 0, 0)},{Entry("one", "F32", "[]", 0, 4)}}}  \n ";
        File.WriteAllBytes(_folder["a.safetensors"], Make(json, 4));
        using var file = SafetensorsFile.Open(_folder["a.safetensors"]);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([1, 2, 3, 4], file.Bytes("one").ToArray());
        Assert.Equal(1, file["one"].Count);
        Assert.Equal(0, file["none"].Count);
        Assert.True(file.Bytes("none").IsEmpty);
    }

    [Fact]
    public void Spans_may_come_in_any_order_in_the_header()
    {
        var json = $"{{{Entry("b", "U8", "[2]", 1, 3)},{Entry("a", "U8", "[1]", 0, 1)}}}";
        File.WriteAllBytes(_folder["a.safetensors"], Make(json, 3));
        using var file = SafetensorsFile.Open(_folder["a.safetensors"]);
        Assert.Equal([2, 3], file.Bytes("b").ToArray());
        Assert.Equal([1], file.Bytes("a").ToArray());
    }

    [Fact]
    public void Unknown_fields_of_a_tensor_are_skipped()
    {
        File.WriteAllBytes(
            _folder["a.safetensors"],
            Make("{\"a\":{\"note\":{\"x\":[1,{}]},\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1));
        using var file = SafetensorsFile.Open(_folder["a.safetensors"]);
        Assert.Equal([1], file.Bytes("a").ToArray());
    }

    [Fact]
    public void Asking_for_an_unknown_tensor_names_it()
    {
        File.WriteAllBytes(_folder["a.safetensors"], Make("{}"));
        using var file = SafetensorsFile.Open(_folder["a.safetensors"]);
        var error = Assert.Throws<WeightsException>(() => file["missing.weight"]);
        Assert.Equal(WeightsErrorKind.TensorNotFound, error.Kind);
        Assert.Equal("missing.weight", error.Tensor);
    }

    [Fact]
    public void Every_name_of_the_format_is_known()
    {
        foreach (var type in StoredTypes.All)
        {
            Assert.True(StoredTypes.TryParse(type.Name(), out var back));
            Assert.Equal(type, back);
        }
    }

    [Fact]
    public void Truncation_at_every_byte_is_a_typed_error()
    {
        var whole = Make($"{{{Entry("a", "U8", "[2]", 0, 2)},{Entry("b", "F16", "[1]", 2, 4)}}}", 4);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder["t.safetensors"], whole.AsSpan(0, length));
            Assert.Throws<WeightsException>(() => SafetensorsFile.Open(_folder["t.safetensors"]).Dispose());
        }
    }

    [Fact]
    public void Long_names_are_shortened_in_messages()
    {
        var name = new string('n', 100_000);
        File.WriteAllBytes(_folder["a.safetensors"], Make($"{{{Entry(name, "U8", "[1]", 0, 2)}}}", 2));
        var error = Assert.Throws<WeightsException>(() => SafetensorsFile.Open(_folder["a.safetensors"]).Dispose());
        Assert.True(error.Message.Length < 600);
        Assert.Equal(name, error.Tensor);
    }

    [Fact]
    public void Header_names_are_read_as_unicode()
    {
        File.WriteAllBytes(_folder["a.safetensors"], Make(Encoding.UTF8.GetBytes($"{{{Entry("größe\\u00df", "U8", "[1]", 0, 1)}}}"), 1));
        using var file = SafetensorsFile.Open(_folder["a.safetensors"]);
        Assert.Equal("größeß", Assert.Single(file.Tensors).Key);
    }
}
