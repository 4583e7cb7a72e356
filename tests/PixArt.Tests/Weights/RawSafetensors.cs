using System.Buffers.Binary;
using System.Text;

namespace PixArt.Tests.Weights;

/// <summary>Safetensors files byte by byte, valid or not.</summary>
static class RawSafetensors
{
    public static byte[] Make(string json, int dataBytes = 0) => Make(Encoding.UTF8.GetBytes(json), dataBytes);

    public static byte[] Make(byte[] json, int dataBytes = 0, ulong? claimedLength = null)
    {
        var bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimedLength ?? (ulong)json.Length);
        json.CopyTo(bytes, 8);
        for (var i = 0; i < dataBytes; i++) bytes[8 + json.Length + i] = (byte)(i + 1);
        return bytes;
    }

    public static string Entry(string name, string dtype, string shape, long begin, long end) =>
        $$"""
        "{{name}}":{"dtype":"{{dtype}}","shape":{{shape}},"data_offsets":[{{begin}},{{end}}]}
        """;
}
