namespace PixArt.Weights;

/// <summary>Passes writes on, counts them and, if asked to, takes their CRC-32.</summary>
sealed class CountingStream(Stream inner, bool sum) : Stream
{
    long _count;

    /// <summary>CRC-32 of everything written, as zip has it.</summary>
    public uint Sum { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _count;

    public override long Position
    {
        get => _count;
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (sum) Sum = Crc32.Append(Sum, buffer);
        inner.Write(buffer);
        _count += buffer.Length;
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
