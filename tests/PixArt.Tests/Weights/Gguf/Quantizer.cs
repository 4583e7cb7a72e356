namespace PixArt.Tests.Weights.Gguf;

/// <summary>Packs numbers as ggml's reference does for Q8_0: each 32 by the largest of them.</summary>
static class Quantizer
{
    public static byte[] Q8(ReadOnlySpan<float> values)
    {
        var packed = new List<byte>(values.Length / 32 * 34);
        for (; values.Length > 0; values = values[32..])
        {
            var largest = 0f;
            foreach (var value in values[..32]) largest = MathF.Max(largest, MathF.Abs(value));
            var scale = largest / 127;
            packed.AddRange(BitConverter.GetBytes((Half)scale));
            foreach (var value in values[..32]) packed.Add(unchecked((byte)(sbyte)(scale == 0 ? 0 : MathF.Round(value / scale, MidpointRounding.AwayFromZero))));
        }

        return [.. packed];
    }
}
