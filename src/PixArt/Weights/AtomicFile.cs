using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace PixArt.Weights;

/// <summary>A file that appears whole or not at all: it is written beside its name (<c>.name.tmp-pid-random</c>), flushed
/// to the disk, renamed over the name, and the folder is flushed. Disposed without <see cref="Commit"/>, it leaves nothing.
/// A file that others have mapped is replaced, never written into.</summary>
public sealed partial class AtomicFile : IDisposable
{
    readonly string _temporary;
    readonly FileStream _stream;
    bool _done;

    /// <summary>Begins the file.</summary>
    /// <param name="path">Its name in the end.</param>
    /// <param name="createFolder">Whether missing folders on the way are created.</param>
    /// <exception cref="PixArtException">The folder cannot be written to.</exception>
    public AtomicFile(string path, bool createFolder = true)
    {
        Path = System.IO.Path.GetFullPath(path);
        var folder = System.IO.Path.GetDirectoryName(Path) ?? "/";
        var mark = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        _temporary = System.IO.Path.Combine(
            folder, $".{System.IO.Path.GetFileName(Path)}.tmp-{Environment.ProcessId}-{mark}");
        _stream = Guarded(() =>
        {
            if (Directory.Exists(Path)) throw new IOException("a folder of that name is in the way");
            if (createFolder) Directory.CreateDirectory(folder);
            return new FileStream(_temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
        });
    }

    /// <summary>The name in the end.</summary>
    public string Path { get; }

    /// <summary>Where to write. Do not dispose it.</summary>
    public Stream Stream => _stream;

    /// <summary>Writes a whole file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="write">Writes the content; when it throws, nothing is left and an older file stays.</param>
    /// <exception cref="PixArtException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new AtomicFile(path);
        file.Guarded(() =>
        {
            write(file.Stream);
            return true;
        });
        file.Commit();
    }

    /// <summary>Writes a whole file.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new AtomicFile(path);
        try
        {
            file.Stream.Write(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw file.CannotWrite(e);
        }

        file.Commit();
    }

    /// <summary>Writes a whole text file as UTF-8 without byte-order mark.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, string content) => Write(path, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Flushes to the disk and gives the file its name.</summary>
    /// <exception cref="PixArtException">The disk is full, or the name cannot be taken.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_done, this);
        Guarded(() =>
        {
            _stream.Flush(flushToDisk: true);
            _stream.Dispose();
            File.Move(_temporary, Path, overwrite: true);
            return true;
        });
        _done = true;
        FlushFolder(System.IO.Path.GetDirectoryName(Path) ?? "/");
    }

    /// <summary>Removes the temporary file unless it was committed.</summary>
    public void Dispose()
    {
        if (_done) return;
        _done = true;
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // A full disk shows again when the buffer is flushed; the file goes away in any case.
        }

        try
        {
            File.Delete(_temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The reason why we are here is being told already; a stray temporary file does no harm.
        }
    }

    /// <summary>Makes renames in a folder survive a power cut. File systems that cannot flush a folder are left alone.</summary>
    internal static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        const int readOnlyCloseOnExec = 0x80000;
        var descriptor = Open(folder, readOnlyCloseOnExec);
        if (descriptor < 0) return;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        _ = Flush(handle);
    }

    T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(e);
        }
    }

    PixArtException CannotWrite(Exception e) => new($"cannot write '{Path}': {e.Message}", e);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(SafeFileHandle file);
}
