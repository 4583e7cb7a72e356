using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace PixArt.Weights;

/// <summary>A file mapped into memory, private: writing into the memory does not write the file, so a tensor over it may be
/// trained. Counted: the mapping goes when its owner and every <see cref="Lease"/> are gone.</summary>
sealed unsafe partial class MappedFile : IDisposable
{
    readonly MemoryMappedFile? _map;
    readonly MemoryMappedViewAccessor? _view;
    readonly byte* _start;
    GCHandle _pin;
    int _references = 1;
    bool _disposed;

    public MappedFile(string path)
    {
        Path = path;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            Length = file.Length;
            if (Length == 0) return;
            _map = MemoryMappedFile.CreateFromFile(
                file, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
            _view = _map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.CopyOnWrite);
            byte* pointer = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            _start = pointer + _view.PointerOffset;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WeightsException(WeightsErrorKind.NotFound, path, null, "there is no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new WeightsException(WeightsErrorKind.Io, path, null, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Bytes in memory as if they were a file.</summary>
    public MappedFile(string name, byte[] bytes)
    {
        Path = name;
        Length = bytes.Length;
        _pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        _start = (byte*)_pin.AddrOfPinnedObject();
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>Address of the byte at <paramref name="offset"/>; the caller has checked the range.</summary>
    public nint Address(long offset)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _references) == 0, this);
        return (nint)(_start + offset);
    }

    public ReadOnlySpan<byte> Span(long offset, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Length - offset);
        return new ReadOnlySpan<byte>((void*)Address(offset), checked((int)count));
    }

    /// <summary>Tells the system about bytes that will be needed soon (they are read ahead) or not for a while (their memory goes back;
    /// they are read again when touched, and what was written over them is lost). A hint: nothing happens where it cannot be given.</summary>
    public void Advise(long offset, long count, bool needed)
    {
        if (_view is null || count == 0 || OperatingSystem.IsWindows()) return;
        const int willNeed = 3, dontNeed = 4;
        long page = Environment.SystemPageSize, first = Address(offset), end = first + count;
        // What is needed reaches out to whole pages, what is not leaves its neighbours' pages alone.
        (first, end) = needed ? (first / page * page, end) : ((first + page - 1) / page * page, end / page * page);
        if (first < end) _ = Advise((void*)first, (nuint)(end - first), needed ? willNeed : dontNeed);
    }

    /// <summary>Keeps the mapping until the returned object is disposed, from any thread.</summary>
    public IDisposable Lease()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Interlocked.Increment(ref _references);
        return new Release(this);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Drop();
    }

    void Drop()
    {
        if (Interlocked.Decrement(ref _references) > 0) return;
        if (_pin.IsAllocated) _pin.Free();
        if (_view is null) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map!.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);

    sealed class Release(MappedFile owner) : IDisposable
    {
        MappedFile? _owner = owner;

        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Drop();
    }
}
