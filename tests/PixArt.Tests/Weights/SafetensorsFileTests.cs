using System.Text;
using PixArt.Weights;
using static PixArt.Tests.Weights.RawSafetensors;

namespace PixArt.Tests.Weights;

public sealed class SafetensorsFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, WeightsErrorKind, string, byte[]> Malformed() => new()
    {
        { "empty file", WeightsErrorKind.HeaderTooSmall, "is no safetensors file: 0 bytes, a header alone takes 8", [] },
        { "seven bytes", WeightsErrorKind.HeaderTooSmall, "is no safetensors file: 7 bytes, a header alone takes 8", new byte[7] },
        { "header claims 100 MB and 1", WeightsErrorKind.HeaderTooLarge, "is no safetensors file: its header claims 100000001 bytes, at most 100000000", Make([.. "{}"u8], 0, 100_000_001) },
        { "header claims 2^64-1", WeightsErrorKind.HeaderTooLarge, "is no safetensors file: its header claims 18446744073709551615 bytes, at most 100000000", Make([.. "{}"u8], 0, ulong.MaxValue) },
        { "header beyond the file", WeightsErrorKind.InvalidHeaderLength, "is truncated: its header takes 3 bytes, the file has 2", Make([.. "{}"u8], 0, 3) },
        { "header of no bytes", WeightsErrorKind.InvalidHeader, "the safetensors header does not begin with '{'", Make("") },
        { "does not begin with a brace", WeightsErrorKind.InvalidHeader, "the safetensors header does not begin with '{'", Make(" {}") },
        { "a list", WeightsErrorKind.InvalidHeader, "the safetensors header does not begin with '{'", Make("[]") },
        { "not UTF-8", WeightsErrorKind.InvalidHeader, "the safetensors header is not UTF-8", Make([(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)'}']) },
        { "not JSON", WeightsErrorKind.InvalidHeaderDeserialization, "the safetensors header is not valid JSON: ", Make("{nonsense}") },
        { "ends early", WeightsErrorKind.InvalidHeaderDeserialization, "the safetensors header is not valid JSON: ", Make("{\"a\":{\"dtype\":\"F32\"") },
        { "text after the end", WeightsErrorKind.InvalidHeaderDeserialization, "the safetensors header is not valid JSON: ", Make("{} {}") },
        { "nested too deep", WeightsErrorKind.InvalidHeaderDeserialization, "the safetensors header is not valid JSON: ", Make("{\"a\":{\"x\":" + new string('[', 200)) },
        { "half a surrogate", WeightsErrorKind.InvalidHeaderDeserialization, "the safetensors header is not valid JSON: ", Make("{\"\\ud800\":{}}") },
        { "tensor is no object", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': is not an object in the header", Make("{\"a\":1}") },
        { "no dtype", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': has no 'dtype'", Make("{\"a\":{\"shape\":[],\"data_offsets\":[0,0]}}") },
        { "no shape", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': has no 'shape'", Make("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,0]}}") },
        { "no offsets", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': has no 'data_offsets'", Make("{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}") },
        { "unknown dtype", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': unknown dtype 'F31'", Make($"{{{Entry("a", "F31", "[0]", 0, 0)}}}") },
        { "dtype is no text", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': 'dtype' is not text", Make("{\"a\":{\"dtype\":1,\"shape\":[0],\"data_offsets\":[0,0]}}") },
        { "shape is no list", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': 'shape' is not a list", Make($"{{{Entry("a", "U8", "4", 0, 4)}}}", 4) },
        { "negative size", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': 'shape' holds something that is not a whole number from 0 to 2^64-1", Make($"{{{Entry("a", "U8", "[-1]", 0, 0)}}}") },
        { "fractional size", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': 'shape' holds something that is not a whole number from 0 to 2^64-1", Make($"{{{Entry("a", "U8", "[1.5]", 0, 1)}}}", 1) },
        { "three offsets", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': 'data_offsets' is not a pair", Make("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0,0]}}") },
        { "duplicate name", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': appears twice in the header", Make($"{{{Entry("a", "U8", "[1]", 0, 1)},{Entry("a", "U8", "[1]", 1, 2)}}}", 2) },
        { "duplicate field", WeightsErrorKind.InvalidHeaderDeserialization, "tensor 'a': has a field twice", Make("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}") },
        { "metadata holds a number", WeightsErrorKind.InvalidHeaderDeserialization, "'__metadata__' entry 'a' is not text", Make("{\"__metadata__\":{\"a\":1}}") },
        { "metadata is a list", WeightsErrorKind.InvalidHeaderDeserialization, "'__metadata__' is not an object", Make("{\"__metadata__\":[]}") },
        { "metadata with one entry twice", WeightsErrorKind.InvalidHeaderDeserialization, "'__metadata__' entry 'a' appears twice", Make("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}") },
        { "two metadata", WeightsErrorKind.InvalidHeaderDeserialization, "has two '__metadata__'", Make("{\"__metadata__\":{},\"__metadata__\":{}}") },
        { "many tensors on the same bytes", WeightsErrorKind.InvalidOffset, "tensor 't1': begins at 0, the tensor before it ends at 16: overlaps the tensor before it", Make("{" + string.Join(',', Enumerable.Range(0, 9).Select(i => Entry($"t{i}", "F32", "[2,2]", 0, 16))) + "}", 16) },
        { "partial overlap", WeightsErrorKind.InvalidOffset, "tensor 'b': begins at 2, the tensor before it ends at 4: overlaps the tensor before it", Make($"{{{Entry("a", "U8", "[4]", 0, 4)},{Entry("b", "U8", "[4]", 2, 6)}}}", 6) },
        { "hole before the first", WeightsErrorKind.InvalidOffset, "tensor 'a': begins at 2, the tensor before it ends at 0: leaves a hole before it", Make($"{{{Entry("a", "U8", "[2]", 2, 4)}}}", 4) },
        { "hole between", WeightsErrorKind.InvalidOffset, "tensor 'b': begins at 3, the tensor before it ends at 2: leaves a hole before it", Make($"{{{Entry("a", "U8", "[2]", 0, 2)},{Entry("b", "U8", "[1]", 3, 4)}}}", 4) },
        { "ends before it begins", WeightsErrorKind.InvalidOffset, "tensor 'a': ends at 0, before it begins at 4", Make($"{{{Entry("a", "U8", "[0]", 4, 0)}}}", 4) },
        { "shape and span disagree", WeightsErrorKind.TensorInvalidInfo, "tensor 'a': has 8 bytes, but F32 [2, 2] takes 16", Make($"{{{Entry("a", "F32", "[2,2]", 0, 8)}}}", 8) },
        { "65 dimensions", WeightsErrorKind.TensorInvalidInfo, "tensor 'a': 'shape' has more than 64 numbers", Make($"{{{Entry("a", "U8", "[" + string.Join(',', Enumerable.Repeat(1, 65)) + "]", 0, 1)}}}", 1) },
        { "product overflows", WeightsErrorKind.ValidationOverflow, "tensor 'a': shape [4294967296, 4294967296] has too many elements", Make($"{{{Entry("a", "F32", "[4294967296,4294967296]", 0, 0)}}}") },
        { "product times bits overflows", WeightsErrorKind.ValidationOverflow, "tensor 'a': shape [1152921504606846976] has too many elements", Make($"{{{Entry("a", "F64", "[1152921504606846976]", 0, 0)}}}") },
        { "size beyond 63 bits", WeightsErrorKind.ValidationOverflow, "tensor 'a': 'shape' holds 18446744073709551615, too large", Make($"{{{Entry("a", "U8", "[18446744073709551615]", 0, 0)}}}") },
        { "bytes after the last tensor", WeightsErrorKind.MetadataIncompleteBuffer, "has bytes after its last tensor: its tensors take 2 bytes, the file has 3", Make($"{{{Entry("a", "U8", "[2]", 0, 2)}}}", 3) },
        { "truncated data", WeightsErrorKind.MetadataIncompleteBuffer, "is truncated: its tensors take 4 bytes, the file has 3", Make($"{{{Entry("a", "U8", "[4]", 0, 4)}}}", 3) },
        { "bytes without tensors", WeightsErrorKind.MetadataIncompleteBuffer, "has bytes after its last tensor: its tensors take 0 bytes, the file has 1", Make("{}", 1) },
        { "four-bit elements end within a byte", WeightsErrorKind.MisalignedSlice, "tensor 'a': F4 of 12 bits does not end on a byte", Make($"{{{Entry("a", "F4", "[3]", 0, 2)}}}", 2) },
        // Abuse: one page of header that claims a terabyte; a tensor that reaches into the header; a name that forges a line.
        { "abuse: claims a terabyte", WeightsErrorKind.MetadataIncompleteBuffer, "is truncated: its tensors take 1099511627776 bytes, the file has 0", Make($"{{{Entry("a", "U8", "[1099511627776]", 0, 1099511627776)}}}") },
        { "abuse: reaches into the header", WeightsErrorKind.ValidationOverflow, "tensor 'a': 'data_offsets' holds 18446744073709551608, too large", Make($"{{{Entry("a", "U8", "[8]", 0, 8).Replace("[0,8]", "[18446744073709551608,8]", StringComparison.Ordinal)}}}", 8) },
        { "abuse: name with line breaks", WeightsErrorKind.TensorInvalidInfo, "tensor 'a\\u000a\\u202eb\\u001b[2J': has 2 bytes, but U8 [8] takes 8", Make($"{{{Entry("a\\n\\u202eb\\u001b[2J", "U8", "[8]", 0, 2)}}}", 2) },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Malformed_file_is_refused_by_kind_in_one_line(string what, WeightsErrorKind kind, string message, byte[] bytes)
    {
        File.WriteAllBytes(_folder["bad.safetensors"], bytes);
        var error = Assert.Throws<WeightsException>(() => SafetensorsFile.Open(_folder["bad.safetensors"]).Dispose());
        Assert.True(kind == error.Kind, $"{what}: {error.Kind}: {error.Message}");
        Assert.StartsWith($"{_folder["bad.safetensors"]}: {message}", error.Message, StringComparison.Ordinal);
        Assert.True(message.EndsWith(": ", StringComparison.Ordinal) || error.Message.EndsWith(message, StringComparison.Ordinal), error.Message); // but for the words of the JSON reader
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
        Assert.Equal($"{_folder["none.safetensors"]}: there is no such file", error.Message);
    }

    [Fact]
    public void Folder_instead_of_a_file_is_an_io_error()
    {
        var error = Assert.Throws<WeightsException>(() => SafetensorsFile.Open(_folder.Path).Dispose());
        Assert.Equal(WeightsErrorKind.Io, error.Kind);
        Assert.StartsWith($"{_folder.Path}: cannot be read: ", error.Message, StringComparison.Ordinal);
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
        Assert.Equal($"{_folder["a.safetensors"]}: tensor 'missing.weight': is not among the 0 tensors of the file", error.Message);
    }

    [Fact]
    public void A_tensor_above_two_gigabytes_has_no_one_span()
    {
        var json = Encoding.UTF8.GetBytes($"{{{Entry("w", "U8", "[3221225472]", 0, 3221225472)}}}");
        using (var file = File.Create(_folder["large.safetensors"]))
        {
            file.Write(Make(json));
            file.SetLength(file.Length + 3221225472); // takes no room on the disk
        }

        using var large = SafetensorsFile.Open(_folder["large.safetensors"]);
        var error = Assert.Throws<WeightsException>(() => large.Bytes("w").Length);
        Assert.Equal($"{_folder["large.safetensors"]}: tensor 'w': 3221225472 bytes of U8 are not one run below 2 GiB", error.Message);
        Assert.StartsWith("2 bytes for a tensor of 3221225472", Assert.Throws<ArgumentException>(() => large.CopyTo("w", new byte[2])).Message, StringComparison.Ordinal);
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
