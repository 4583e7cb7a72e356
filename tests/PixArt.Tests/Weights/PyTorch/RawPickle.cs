using System.Buffers.Binary;
using System.Text;
using PixArt.Weights.PyTorch;

namespace PixArt.Tests.Weights.PyTorch;

/// <summary>Pickles opcode by opcode, and archives around them, valid or not.</summary>
sealed class RawPickle
{
    readonly MemoryStream _bytes = new();

    public RawPickle() => Op(0x80, 2);

    public static byte[] Zip(byte[] pickle, params (string Name, byte[] Data)[] entries)
    {
        using var memory = new MemoryStream();
        var archive = new StoredArchiveWriter(memory);
        archive.Add("a/data.pkl", pickle.Length, s => s.Write(pickle));
        foreach (var (name, data) in entries) archive.Add(name, data.Length, s => s.Write(data));
        archive.Finish();
        return memory.ToArray();
    }

    public RawPickle Op(params ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public RawPickle Op(string opcodes) => Op(Encoding.Latin1.GetBytes(opcodes));

    public RawPickle Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return Op("X").Op(length).Op(utf8);
    }

    public RawPickle Number(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Op(0x8a, 8).Op(bytes);
    }

    public RawPickle Global(string module, string name) => Op($"c{module}\n{name}\n");

    public RawPickle Storage(string key = "0", long count = 4, string type = "FloatStorage", string module = "torch") =>
        Op("(").Text("storage").Global(module, type).Text(key).Text("cpu").Number(count).Op("tQ");

    public RawPickle Tensor(long[] shape, long[] strides, long offset = 0, string key = "0", long count = 4, string type = "FloatStorage", string module = "torch")
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage(key, count, type, module).Number(offset);
        Tuple(shape);
        Tuple(strides);
        return Op(0x89).Op("}tR");
    }

    public RawPickle Tuple(params long[] numbers)
    {
        Op("(");
        foreach (var number in numbers) Number(number);
        return Op("t");
    }

    /// <summary>A dict of one name and the value that <paramref name="value"/> pushes, as a whole pickle.</summary>
    public static byte[] Dict(string name, Func<RawPickle, RawPickle> value) => value(new RawPickle().Op("}").Text(name)).Op("s").End();

    public byte[] End()
    {
        Op(".");
        return _bytes.ToArray();
    }
}
