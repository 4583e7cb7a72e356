using PixArt.Weights;

namespace PixArt.Training.Checkpoints;

/// <summary>The real disk.</summary>
sealed class PhysicalDisk : ICheckpointDisk
{
    public static PhysicalDisk Instance { get; } = new();

    public void CreateFolder(string path) => Directory.CreateDirectory(path);

    public void Write(string path, Action<Stream> write)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 20);
        write(stream);
        stream.Flush(flushToDisk: true);
    }

    public void FlushFolder(string path) => AtomicFile.FlushFolder(path);

    public void Rename(string from, string to) => Directory.Move(from, to);

    public void DeleteFolder(string path) => Directory.Delete(path, recursive: true);
}
