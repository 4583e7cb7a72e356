using System.Buffers.Binary;
using System.Text;

namespace PixArt.Training.Reports;

/// <summary>Writes the few field types of protocol buffers that event files need.</summary>
sealed class ProtoWriter
{
    const int Varint = 0;
    const int Fixed64 = 1;
    const int Bytes = 2;
    const int Fixed32 = 5;
    readonly MemoryStream _buffer = new();

    public byte[] ToArray() => _buffer.ToArray();

    public ProtoWriter Add(int field, long value)
    {
        Tag(field, Varint);
        Number((ulong)value);
        return this;
    }

    public ProtoWriter Add(int field, double value)
    {
        Tag(field, Fixed64);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        _buffer.Write(bytes);
        return this;
    }

    public ProtoWriter Add(int field, float value)
    {
        Tag(field, Fixed32);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _buffer.Write(bytes);
        return this;
    }

    public ProtoWriter Add(int field, string text) => Add(field, Encoding.UTF8.GetBytes(text));

    public ProtoWriter Add(int field, ProtoWriter message) => Add(field, message.ToArray());

    public ProtoWriter Add(int field, ReadOnlySpan<byte> bytes)
    {
        Tag(field, Bytes);
        Number((ulong)bytes.Length);
        _buffer.Write(bytes);
        return this;
    }

    void Tag(int field, int type) => Number((ulong)((field << 3) | type));

    void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _buffer.WriteByte((byte)(value | 0x80));
        _buffer.WriteByte((byte)value);
    }
}
