namespace PixArt.Weights;

/// <summary>Reads and writes .npy files: one array of booleans, integers or floats. Arrays of Python objects are refused.</summary>
public static class NumpyFile
{
    /// <summary>The most bytes that an array may have: 1 GiB, unless a caller says otherwise.</summary>
    public const long DefaultLimit = 1 << 30;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes that the elements may have; above 2 GiB it has no effect.</param>
    /// <exception cref="WeightsException">It is not there, cannot be read, or is malformed.</exception>
    public static NumpyArray Read(string path, long limit = DefaultLimit)
    {
        using var stream = OpenRead(path);
        return Reading(path, null, () => Read(stream, path, null, stream.Length, limit));
    }

    /// <summary>Writes a file whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="array">Its array.</param>
    /// <exception cref="PixArtException">The file cannot be written, or NumPy has no such element type.</exception>
    public static void Write(string path, NumpyArray array)
    {
        ArgumentNullException.ThrowIfNull(array);
        AtomicFile.Write(path, stream => Write(stream, array));
    }

    internal static void Write(Stream stream, NumpyArray array)
    {
        stream.Write(new NumpyHeader(array.Type, BigEndian: false, FortranOrder: false, [.. array.Shape]).ToBytes());
        stream.Write(array.Bytes.Span);
    }

    /// <summary>Reads an array out of a stream of a known length.</summary>
    internal static NumpyArray Read(Stream stream, string file, string? name, long length, long limit)
    {
        WeightsException Fail(WeightsErrorKind kind, string detail) => new(kind, file, name, detail);
        var (header, headerBytes) = NumpyHeader.Read(stream, Fail);
        long size;
        try
        {
            size = header.ByteCount;
        }
        catch (OverflowException)
        {
            throw Fail(WeightsErrorKind.ValidationOverflow, $"has the shape {StoredTensor.ShowShape(header.Shape)}, whose size does not fit 63 bits");
        }

        var left = length - headerBytes;
        if (size > left)
            throw Fail(WeightsErrorKind.MetadataIncompleteBuffer, $"has the shape {StoredTensor.ShowShape(header.Shape)} of {size} bytes, but only {left} follow");
        if (size < left)
            throw Fail(WeightsErrorKind.TensorInvalidInfo, $"has the shape {StoredTensor.ShowShape(header.Shape)} of {size} bytes, but {left} follow");
        if (size > Math.Min(limit, Array.MaxLength))
            throw Fail(WeightsErrorKind.TensorInvalidInfo, $"has {size} bytes, at most {Math.Min(limit, Array.MaxLength)} are read");
        var bytes = new byte[size];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || stream.ReadByte() >= 0)
            throw Fail(WeightsErrorKind.MetadataIncompleteBuffer, $"does not hold the {size} bytes that it claims");
        return new NumpyArray(header.Type, header.Shape, InOrder(bytes, header));
    }

    internal static FileStream OpenRead(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WeightsException(WeightsErrorKind.NotFound, path, null, "there is no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException(WeightsErrorKind.Io, path, null, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Turns what streams throw into errors of the file.</summary>
    internal static T Reading<T>(string file, string? name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw new WeightsException(WeightsErrorKind.InvalidArchive, file, name, $"is damaged: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException(WeightsErrorKind.Io, file, name, $"cannot be read: {e.Message}", e);
        }
    }

    // Row-major, lowest byte first, and booleans of 0 and 1.
    static unsafe byte[] InOrder(byte[] bytes, NumpyHeader header)
    {
        if (header.Type == StoredType.Bool)
        {
            foreach (ref var value in bytes.AsSpan()) value = value == 0 ? (byte)0 : (byte)1;
        }

        var ordered = bytes;
        if (header.FortranOrder && header.Shape.Length > 1 && bytes.Length > 0)
        {
            ordered = new byte[bytes.Length];
            var strides = new long[header.Shape.Length];
            var stride = 1L;
            for (var d = 0; d < strides.Length; d++)
            {
                strides[d] = stride;
                stride *= header.Shape[d];
            }

            var stored = new StoredTensor("", header.Type, header.Shape, 0, bytes.Length) { Strides = strides };
            fixed (byte* source = bytes, destination = ordered) StridedCopy.Run(source, stored, destination);
        }

        if (header.BigEndian)
        {
            fixed (byte* start = ordered) StridedCopy.Swap(start, ordered.Length, header.Type.SwapUnit());
        }

        return ordered;
    }
}
