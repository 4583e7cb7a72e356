namespace PixArt.Weights;

/// <summary>Python writes infinities and NaN into JSON as bare words, which JSON does not have. This puts quotes around
/// <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> where they stand as values; everything else stays byte for byte.</summary>
static class BareNumbers
{
    public static byte[] Quote(ReadOnlySpan<byte> json)
    {
        var quoted = new List<byte>(json.Length + 16);
        for (var i = 0; i < json.Length;)
        {
            var length = json[i] == (byte)'"' ? StringLength(json[i..]) : WordLength(json[i..]);
            if (length > 0 && json[i] != (byte)'"')
            {
                quoted.Add((byte)'"');
                quoted.AddRange(json.Slice(i, length));
                quoted.Add((byte)'"');
            }
            else
            {
                length = Math.Max(1, length);
                quoted.AddRange(json.Slice(i, length));
            }

            i += length;
        }

        return [.. quoted];
    }

    /// <summary>The number that the quoted word stands for; null for other text.</summary>
    public static double? Value(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => null,
    };

    static int StringLength(ReadOnlySpan<byte> json)
    {
        for (var i = 1; i < json.Length; i++)
        {
            if (json[i] == (byte)'\\') i++;
            else if (json[i] == (byte)'"') return i + 1;
        }

        return json.Length;
    }

    static int WordLength(ReadOnlySpan<byte> json) =>
        json.StartsWith("NaN"u8) ? 3 : json.StartsWith("Infinity"u8) ? 8 : json.StartsWith("-Infinity"u8) ? 9 : 0;
}
