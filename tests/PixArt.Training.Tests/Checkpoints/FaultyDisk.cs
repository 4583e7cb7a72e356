using PixArt.Training.Checkpoints;

namespace PixArt.Training.Tests.Checkpoints;

/// <summary>A disk that fails at the N-th thing it is asked to do; pieces of a file count one each, and a piece that fails is
/// half written. What was done before stays, as after a crash.</summary>
sealed class FaultyDisk(int failAt) : ICheckpointDisk
{
    int _operations;

    public bool HasFailed => _operations >= failAt;

    public void CreateFolder(string path) => Do(() => PhysicalDisk.Instance.CreateFolder(path));

    public void FlushFolder(string path) => Do(() => PhysicalDisk.Instance.FlushFolder(path));

    public void Rename(string from, string to) => Do(() => PhysicalDisk.Instance.Rename(from, to));

    public void DeleteFolder(string path) => Do(() =>
    {
        // A folder is not deleted at once: a crash may leave it with some of its files.
        foreach (var file in Directory.GetFiles(path)) Do(() => File.Delete(file));
        Directory.Delete(path);
    });

    public void Write(string path, Action<Stream> write) => Do(() =>
    {
        using var stream = new FileStream(path, FileMode.CreateNew);
        write(new Pieces(stream, this));
    });

    void Do(Action action)
    {
        Count();
        action();
    }

    void Count()
    {
        if (++_operations >= failAt) throw new IOException("No space left on device");
    }

    sealed class Pieces(Stream inner, FaultyDisk disk) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                disk.Count();
            }
            catch (IOException)
            {
                inner.Write(buffer[..(buffer.Length / 2)]);
                throw;
            }

            inner.Write(buffer);
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
