using System.Text;
using PixArt.TestKit;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Weights;

public sealed class NumpyFileTests
{
    // The files were written by NumPy 1.24: numpy.arange(24).reshape(2, 3, 4), scaled, in several types.
    static readonly long[] s_shape = [2, 3, 4];

    static double[] Range(double scale, double start = 0) => [.. Enumerable.Range(0, 24).Select(i => (i + start) * scale)];

    [Theory]
    [InlineData("float32.npy", StoredType.F32, 0.25, 0)]
    [InlineData("version2.npy", StoredType.F32, 0.25, 0)]
    [InlineData("version3.npy", StoredType.F32, 0.25, 0)]
    [InlineData("fortran_float64.npy", StoredType.F64, 0.125, 0)]
    [InlineData("big_endian_int32.npy", StoredType.I32, 1, 0)]
    [InlineData("float16.npy", StoredType.F16, 0.5, 0)]
    [InlineData("int64.npy", StoredType.I64, 1, -12)]
    [InlineData("int16.npy", StoredType.I16, 1, -12)]
    [InlineData("uint8.npy", StoredType.U8, 1, 0)]
    public void Read_gives_numpys_elements(string file, StoredType type, double scale, double start)
    {
        var array = NumpyFile.Read(OwnData.Path($"numpy/{file}"));
        Assert.Equal(type, array.Type);
        Assert.Equal(s_shape, array.Shape);
        Assert.Equal(Range(scale, start), Values.ToDoubles(array.Type, array.Bytes.Span));
    }

    [Fact]
    public void Read_gives_booleans_scalars_and_arrays_without_elements()
    {
        Assert.Equal([true, false, false, true], NumpyFile.Read(OwnData.Path("numpy/bool.npy")).Elements<bool>()[..4].ToArray());
        var scalar = NumpyFile.Read(OwnData.Path("numpy/scalar.npy"));
        Assert.Empty(scalar.Shape);
        Assert.Equal(2.5f, scalar.Elements<float>()[0]);
        var empty = NumpyFile.Read(OwnData.Path("numpy/empty.npy"));
        Assert.Equal([3, 0, 2], empty.Shape);
        Assert.Equal(0, empty.Bytes.Length);
    }

    [Theory]
    [InlineData("objects.npy", WeightsErrorKind.ForbiddenPickle, "holds Python objects, which are not read, expected numbers")]
    [InlineData("records.npy", WeightsErrorKind.UnsupportedType, "has elements of type '[('a', '<f4'), ('b', '<i4', (2,))]', expected bool, integers or floats of 1 to 8 bytes")]
    [InlineData("text.npy", WeightsErrorKind.UnsupportedType, "has elements of type '<U2', expected bool, integers or floats of 1 to 8 bytes")]
    [InlineData("complex.npy", WeightsErrorKind.UnsupportedType, "has elements of type '<c8', expected bool, integers or floats of 1 to 8 bytes")]
    [InlineData("none.npy", WeightsErrorKind.NotFound, "there is no such file")]
    public void What_is_no_array_of_numbers_is_refused(string file, WeightsErrorKind kind, string message) =>
        AssertRefused(OwnData.Path($"numpy/{file}"), kind, message);

    static void AssertRefused(string path, WeightsErrorKind? kind, string message)
    {
        var error = Assert.Throws<WeightsException>(() => NumpyFile.Read(path));
        Assert.Equal(kind, error.Kind);
        Assert.Equal($"{path}: {message}", error.Message);
    }

    [Theory]
    [InlineData("", WeightsErrorKind.HeaderTooSmall, "ends within the first 8 bytes of an .npy file")]
    [InlineData("\u0093NUMPX\u0001\0\u0010\0", WeightsErrorKind.InvalidHeader, "does not begin with NumPy's magic bytes")]
    [InlineData("\u0093NUMPY\u0004\0\u0010\0", WeightsErrorKind.InvalidHeader, "has format version 4.0, expected 1.0, 2.0 or 3.0")]
    [InlineData("\u0093NUMPY\u0001\u0001\u0010\0", WeightsErrorKind.InvalidHeader, "has format version 1.1, expected 1.0, 2.0 or 3.0")]
    [InlineData("\u0093NUMPY\u0001\0\u0010", WeightsErrorKind.HeaderTooSmall, "ends within the length of its header")]
    [InlineData("\u0093NUMPY\u0001\0\u0010\0{}", WeightsErrorKind.InvalidHeaderLength, "ends within its header of 16 bytes")]
    [InlineData("\u0093NUMPY\u0002\0\0\0\0\u00ff", WeightsErrorKind.HeaderTooLarge, "claims a header of 4278190080 bytes, at most 1048576 are read")]
    public void A_damaged_beginning_is_refused(string content, WeightsErrorKind kind, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.npy"], Encoding.Latin1.GetBytes(content));
        AssertRefused(folder["a.npy"], kind, message);
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", null, "")]
    [InlineData("{ \"shape\" : ( 2 ) , 'descr':'<f4','fortran_order':True}", null, "")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2L,)}", null, "")]
    [InlineData("{}", WeightsErrorKind.InvalidHeaderDeserialization, "its header lacks descr, fortran_order or shape")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", WeightsErrorKind.InvalidHeaderDeserialization, "its header lacks descr, fortran_order or shape")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", WeightsErrorKind.InvalidHeaderDeserialization, "its header is no dictionary of descr, fortran_order and shape: expected True or False at position 34")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", WeightsErrorKind.InvalidHeaderDeserialization, "its header is no dictionary of descr, fortran_order and shape: has the unexpected entry 'descr'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}", WeightsErrorKind.InvalidHeaderDeserialization, "its header is no dictionary of descr, fortran_order and shape: has the unexpected entry 'more'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", WeightsErrorKind.InvalidHeaderDeserialization, "its header is no dictionary of descr, fortran_order and shape: something follows at position 56")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", WeightsErrorKind.InvalidHeaderDeserialization, "its header is no dictionary of descr, fortran_order and shape: expected a whole number of 64 bits at position 51")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", WeightsErrorKind.InvalidHeaderDeserialization, "its header is no dictionary of descr, fortran_order and shape: expected a whole number of 64 bits at position 51")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", WeightsErrorKind.TensorInvalidInfo, "has the shape [-2], expected at most 64 sizes of at least 0")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", WeightsErrorKind.TensorInvalidInfo, "has the shape [1] of 4 bytes, but 8 follow")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", WeightsErrorKind.MetadataIncompleteBuffer, "has the shape [3] of 12 bytes, but only 8 follow")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 2)}", WeightsErrorKind.ValidationOverflow, "has the shape [4611686018427387904, 2], whose size does not fit 63 bits")]
    [InlineData("{'descr': [('a', '<f4'", WeightsErrorKind.InvalidHeaderDeserialization, "its header is no dictionary of descr, fortran_order and shape: the list at position 10 does not end")]
    [InlineData("{descr: '<f4'}", WeightsErrorKind.InvalidHeaderDeserialization, "its header is no dictionary of descr, fortran_order and shape: expected a quoted text at position 1")]
    [InlineData("{'de\\x73cr': '<f4'}", WeightsErrorKind.InvalidHeaderDeserialization, "its header is no dictionary of descr, fortran_order and shape: the text at position 1 has escapes")]
    [InlineData("{'descr", WeightsErrorKind.InvalidHeaderDeserialization, "its header is no dictionary of descr, fortran_order and shape: the text at position 1 does not end")]
    [InlineData("{'descr': '', 'fortran_order': False, 'shape': (2,)}", WeightsErrorKind.UnsupportedType, "has elements of type '', expected bool, integers or floats of 1 to 8 bytes")]
    public void A_header_is_read_or_refused(string header, WeightsErrorKind? kind, string message)
    {
        using var folder = new TemporaryFolder();
        byte[] elements = [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40];
        File.WriteAllBytes(folder["a.npy"],
            [.. Encoding.Latin1.GetBytes($"\u0093NUMPY\u0001\0{(char)header.Length}\0{header}"), .. elements]);
        if (kind is null)
        {
            Assert.Equal([1f, 2f], NumpyFile.Read(folder["a.npy"]).Elements<float>().ToArray());
            return;
        }

        AssertRefused(folder["a.npy"], kind, message);
    }

    [Fact]
    public void An_array_above_the_limit_is_refused() =>
        Assert.Contains("96 bytes, at most 95", Assert.Throws<WeightsException>(
            () => NumpyFile.Read(OwnData.Path("numpy/float32.npy"), limit: 95)).Message);

    [Theory]
    [InlineData("float32.npy")]
    [InlineData("float16.npy")]
    [InlineData("int64.npy")]
    [InlineData("int16.npy")]
    [InlineData("uint8.npy")]
    [InlineData("bool.npy")]
    [InlineData("scalar.npy")]
    [InlineData("empty.npy")]
    public void Write_gives_numpys_bytes(string file)
    {
        using var folder = new TemporaryFolder();
        NumpyFile.Write(folder["a.npy"], NumpyFile.Read(OwnData.Path($"numpy/{file}")));
        Assert.Equal(File.ReadAllBytes(OwnData.Path($"numpy/{file}")), File.ReadAllBytes(folder["a.npy"]));
    }

    [Fact]
    public void Tensors_go_to_arrays_and_back()
    {
        using var leak = new LeakCheck();
        using var tensor = Tensor.FromArray([1.5f, -2f, 3f, 0.25f, 5f, 6f], 2, 3);
        using var turned = tensor.Transpose(0, 1);
        var array = NumpyArray.From(turned);
        Assert.Equal([3, 2], array.Shape);
        Assert.Equal([1.5f, 0.25f, -2f, 5f, 3f, 6f], array.Elements<float>().ToArray());
        using var back = array.ToTensor();
        Assert.Equal([3, 2], back.Shape);
        Assert.Equal(array.Elements<float>().ToArray(), back.ToArray<float>());
        using var small = tensor.To(ScalarType.BFloat16);
        Assert.Equal((StoredType.F32, 1.5f), (NumpyArray.From(small).Type, NumpyArray.From(small).Elements<float>()[0]));
    }

    [Fact]
    public void Elements_and_shape_must_agree()
    {
        Assert.StartsWith("3 elements for a shape of [2]", Assert.Throws<ArgumentException>(() => NumpyArray.From<float>([1, 2, 3], 2)).Message);
        Assert.StartsWith("no array type has Char as its elements", Assert.Throws<ArgumentException>(() => NumpyArray.From<char>(['a'], 1)).Message);
        Assert.Equal("the array has elements of type F32, not Int32", Assert.Throws<InvalidOperationException>(() => NumpyArray.From<float>([1], 1).Elements<int>().Length).Message);
        Assert.Equal(
            "an array of type U32 cannot become a tensor, expected floats, signed integers, bytes or booleans",
            Assert.Throws<PixArtException>(() => NumpyArray.From<uint>([1], 1).ToTensor()).Message);
    }

    [Fact]
    public void Types_that_numpy_lacks_are_not_written()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<PixArtException>(() => NumpyFile.Write(folder["a.npy"], new NumpyArray(StoredType.BF16, [1], new byte[2])));
        Assert.Equal("NumPy has no type for elements of BF16, expected booleans, integers or floats of 16 to 64 bits", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = folder["a.npy"];
        using var held = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.StartsWith($"{path}: cannot be read: ", Assert.Throws<WeightsException>(() => NumpyFile.Read(path)).Message, StringComparison.Ordinal);
    }
}
