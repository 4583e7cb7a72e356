using System.Text;

namespace PixArt.Fuzz;

/// <summary>Writes GGUF files, right ones and wrong ones.</summary>
sealed class GgufBuilder
{
    readonly List<(string Name, uint Type, byte[] Value)> _settings = [];
    readonly List<(string Name, long[] Shape, uint Type, byte[] Data)> _tensors = [];

    public uint Version { get; init; } = 3;

    public int Alignment { get; init; } = 32;

    public long? ClaimedTensors { get; init; }

    public long? ClaimedSettings { get; init; }

    /// <summary>Added to the offset of the last tensor.</summary>
    public long OffsetLie { get; init; }

    public GgufBuilder Setting(string name, string value) => Setting(name, 8, Text(value));

    public GgufBuilder Setting(string name, uint value) => Setting(name, 4, BitConverter.GetBytes(value));

    public GgufBuilder Setting(string name, uint type, byte[] value)
    {
        _settings.Add((name, type, value));
        return this;
    }

    public GgufBuilder List(string name, uint type, long count, byte[] values) =>
        Setting(name, 9, [.. BitConverter.GetBytes(type), .. BitConverter.GetBytes(count), .. values]);

    /// <param name="name">Its name.</param>
    /// <param name="shape">As PyTorch counts dimensions.</param>
    /// <param name="type">ggml's number.</param>
    /// <param name="data">Its bytes.</param>
    public GgufBuilder Tensor(string name, long[] shape, uint type, byte[] data)
    {
        _tensors.Add((name, shape, type, data));
        return this;
    }

    public byte[] Build()
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write(ClaimedTensors ?? _tensors.Count);
        writer.Write(ClaimedSettings ?? _settings.Count);
        foreach (var (name, type, value) in _settings)
        {
            writer.Write(Text(name));
            writer.Write(type);
            writer.Write(value);
        }

        long offset = 0;
        foreach (var (name, shape, type, data) in _tensors)
        {
            writer.Write(Text(name));
            writer.Write(shape.Length);
            foreach (var size in shape.Reverse()) writer.Write(size);
            writer.Write(type);
            writer.Write(offset + (name.Equals(_tensors[^1].Name, StringComparison.Ordinal) ? OffsetLie : 0));
            offset = Aligned(offset + data.Length);
        }

        foreach (var (_, _, _, data) in _tensors)
        {
            Pad(writer);
            writer.Write(data);
        }

        Pad(writer);
        writer.Flush();
        return memory.ToArray();
    }

    public string Write(string path)
    {
        File.WriteAllBytes(path, Build());
        return path;
    }

    public static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. BitConverter.GetBytes((long)bytes.Length), .. bytes];
    }

    void Pad(BinaryWriter writer)
    {
        while (writer.BaseStream.Position % Alignment != 0) writer.Write((byte)0);
    }

    long Aligned(long position) => (position + Alignment - 1) / Alignment * Alignment;
}
