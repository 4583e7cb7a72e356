using System.Globalization;
using System.Text;

namespace PixArt.Text.Cleaning;

/// <summary>URL decoding as a web form is decoded: <c>+</c> is a space, <c>%xx</c> a byte of UTF-8.</summary>
static class PercentDecoding
{
    public static string Decode(string text)
    {
        text = text.Replace('+', ' ');
        if (!text.Contains('%', StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length);
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] >= 0x80)
            {
                Flush();
                result.Append(text[i]);
            }
            else if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 2;
            }
            else
            {
                bytes.Add((byte)text[i]);
            }
        }

        Flush();
        return result.ToString();

        // A run of ASCII is decoded by itself: bytes that are no UTF-8 become U+FFFD, one for each malformed part.
        void Flush()
        {
            if (bytes.Count == 0) return;
            result.Append(Encoding.UTF8.GetString([.. bytes]));
            bytes.Clear();
        }
    }
}
