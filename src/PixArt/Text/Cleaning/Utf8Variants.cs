using System.Text;
using System.Text.Unicode;

namespace PixArt.Text.Cleaning;

/// <summary>UTF-8, and with it two forms in the wild: a surrogate pair as two sequences of three bytes (CESU-8), and
/// <c>c0 80</c> for the character 0.</summary>
static class Utf8Variants
{
    /// <summary>The text of bytes; null if they are not such UTF-8.</summary>
    public static string? TryDecode(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.ContainsAny<byte>(0xc0, 0xed)) return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        var text = new StringBuilder(bytes.Length);
        var done = 0;
        var at = 0;
        while (at < bytes.Length)
        {
            var next = bytes[at..].IndexOfAny<byte>(0xc0, 0xed);
            if (next < 0) break;
            at += next;
            var rest = bytes[at..];
            if (rest is [0xc0, 0x80, ..])
            {
                if (!Flush(bytes[done..at])) return null;
                text.Append('\0');
                at += 2;
                done = at;
            }
            else if (rest is [0xed, >= 0xa0 and <= 0xaf, >= 0x80 and <= 0xbf, 0xed, >= 0xb0 and <= 0xbf, >= 0x80 and <= 0xbf, ..])
            {
                if (!Flush(bytes[done..at])) return null;
                text.Append(Surrogate(rest[1], rest[2])).Append(Surrogate(rest[4], rest[5]));
                at += 6;
                done = at;
            }
            else
            {
                at++;
            }
        }

        return Flush(bytes[done..]) ? text.ToString() : null;

        bool Flush(ReadOnlySpan<byte> plain)
        {
            if (!Utf8.IsValid(plain)) return false;
            text.Append(Encoding.UTF8.GetString(plain));
            return true;
        }
    }

    static char Surrogate(byte second, byte third) => (char)(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
}
