using System.Collections.Frozen;
using System.Text;

namespace PixArt.Text.Cleaning;

/// <summary>An 8-bit encoding that text may have been misread in. Bytes that the encoding leaves unassigned stand for the Latin-1
/// characters of the same number, as readers treat them.</summary>
sealed class SingleByteEncoding
{
    readonly char[] _characters = new char[256];
    readonly FrozenDictionary<char, byte> _bytes;

    SingleByteEncoding(int codePage, bool lossy)
    {
        IsLossy = lossy;
        var encoding = codePage == 28591 ? Encoding.Latin1 : CodePagesEncodingProvider.Instance.GetEncoding(codePage)!;
        for (var value = 0; value < 256; value++)
        {
            var character = encoding.GetString([(byte)value])[0];
            // Unassigned bytes of some code pages come as private-use characters.
            _characters[value] = character is >= '\uf8f0' and < '\uf8ff' ? (char)value : character;
        }

        IsMacintosh = codePage == 10000;
        if (IsMacintosh) _characters[0xbd] = 'Ω'; // the letter, not the ohm sign
        if (lossy) _characters[0x1a] = '\ufffd';
        var bytes = new Dictionary<char, byte>();
        for (var value = 0; value < 256; value++) bytes[_characters[value]] = (byte)value;
        _bytes = bytes.ToFrozenDictionary();
    }

    /// <summary>Western European.</summary>
    public static SingleByteEncoding Windows1252 { get; } = new(1252, lossy: true);

    /// <summary>Latin-1.</summary>
    public static SingleByteEncoding Latin1 { get; } = new(28591, lossy: false);

    /// <summary>Every encoding, the likeliest first.</summary>
    public static IReadOnlyList<SingleByteEncoding> All { get; } =
    [
        Latin1, Windows1252, new(1251, true), new(1250, true), new(1253, true), new(1254, true), new(1257, true),
        new(28592, false), new(10000, false), new(437, false),
    ];

    /// <summary>Those that keep ASCII's neighbours where Latin-1 has them: what UTF-8 is usually misread in.</summary>
    public static IEnumerable<SingleByteEncoding> LikeLatin1 => All.Take(7);

    /// <summary>The replacement character counts as a byte that was lost (0x1a).</summary>
    public bool IsLossy { get; }

    /// <summary>Macintosh Roman.</summary>
    public bool IsMacintosh { get; }

    /// <summary>The character of a byte.</summary>
    public char this[byte value] => _characters[value];

    /// <summary>Text of bytes.</summary>
    public string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes) text.Append(_characters[value]);
        return text.ToString();
    }

    /// <summary>Bytes of a text, or null if it has a character that is not of this encoding.</summary>
    public byte[]? TryEncode(string text)
    {
        var bytes = new byte[text.Length];
        for (var i = 0; i < bytes.Length; i++)
            if (!_bytes.TryGetValue(text[i], out bytes[i])) return null;
        return bytes;
    }
}
