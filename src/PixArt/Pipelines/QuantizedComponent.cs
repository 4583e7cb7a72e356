namespace PixArt.Pipelines;

/// <summary>A component whose linear layers became 8-bit integers.</summary>
/// <param name="Name">Its folder's name.</param>
/// <param name="BytesBefore">Bytes of its weights before.</param>
/// <param name="BytesAfter">Bytes of its file after.</param>
public sealed record QuantizedComponent(string Name, long BytesBefore, long BytesAfter);
