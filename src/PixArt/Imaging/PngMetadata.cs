using System.IO.Compression;
using System.Text;
using PixArt.Imaging.Metadata;

namespace PixArt.Imaging;

/// <summary>
/// The texts inside a PNG (tEXt, zTXt and iTXt chunks) by keyword, such as the <c>parameters</c> that image generators
/// write. What Latin-1 can hold is written as tEXt, all else as UTF-8 in iTXt.
/// </summary>
public static class PngMetadata
{
    const int LongestKeyword = 79;
    const int LargestText = 16 << 20;
    static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the texts of a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Texts by keyword; of a keyword that occurs twice, the last.</returns>
    /// <exception cref="PixArtException">The file is missing, unreadable, damaged or no PNG.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Read(ImageFile.Read(path, ImageLimits.Default), path);
    }

    /// <summary>Reads the texts of an encoded PNG.</summary>
    /// <param name="png">The whole file.</param>
    /// <param name="name">How errors call it.</param>
    /// <returns>Texts by keyword; of a keyword that occurs twice, the last.</returns>
    /// <exception cref="PixArtException">The bytes are damaged or no PNG.</exception>
    public static IReadOnlyDictionary<string, string> Read(ReadOnlySpan<byte> png, string name = "image")
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (type, range) in PngChunks.Parse(png, name))
        {
            if (type is not ("tEXt" or "zTXt" or "iTXt")) continue;
            var data = png[range];
            try
            {
                var keyword = Encoding.Latin1.GetString(TakeTerminated(ref data));
                texts[keyword] = type switch
                {
                    "tEXt" => Encoding.Latin1.GetString(data),
                    "zTXt" => Encoding.Latin1.GetString(Inflate(data[0], data[1..])),
                    _ => ReadInternational(data),
                };
            }
            catch (Exception e) when (e is InvalidDataException or DecoderFallbackException or IndexOutOfRangeException
                or ArgumentOutOfRangeException)
            {
                throw new PixArtException($"{name}: damaged PNG picture: a {type} chunk cannot be read: {e.Message}", e);
            }
        }

        return texts;
    }

    /// <summary>Refuses what a PNG text chunk cannot hold.</summary>
    internal static void Check(string keyword, string text)
    {
        if (!IsKeyword(keyword))
        {
            throw new InvalidSettingException(
                "metadata keyword", keyword, "1 to 79 Latin-1 characters without outer or doubled spaces");
        }

        var what = $"metadata '{keyword}'";
        if (text.Length > LargestText) throw new InvalidSettingException(what, text, $"at most {LargestText} characters");
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new InvalidSettingException(what, text, "a text without NUL characters");
        try
        {
            StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            throw new InvalidSettingException(what, text, "well-formed Unicode without lone surrogates");
        }
    }

    /// <summary>The PNG with texts added right after its header, where every reader meets them before the pixels.</summary>
    internal static byte[] Write(ReadOnlySpan<byte> png, IReadOnlyDictionary<string, string> texts)
    {
        using var result = new MemoryStream();
        var header = PngChunks.Parse(png, "image")[0].Data;
        var afterHeader = header.End.Value + 4;
        result.Write(png[..afterHeader]);
        foreach (var (keyword, text) in texts) WriteText(result, keyword, text);
        result.Write(png[afterHeader..]);
        return result.ToArray();
    }

    static void WriteText(Stream stream, string keyword, string text)
    {
        var key = Encoding.Latin1.GetBytes(keyword);
        if (text.All(IsLatin1Text)) PngChunks.Write(stream, "tEXt", [.. key, 0, .. Encoding.Latin1.GetBytes(text)]);

        // Not compressed, no language tag, no translated keyword.
        else PngChunks.Write(stream, "iTXt", [.. key, 0, 0, 0, 0, 0, .. StrictUtf8.GetBytes(text)]);
    }

    static bool IsKeyword(string keyword) =>
        keyword.Length is >= 1 and <= LongestKeyword
        && keyword.All(c => c is (>= ' ' and <= '~') or (>= '\u00A1' and <= '\u00FF'))
        && keyword[0] != ' ' && keyword[^1] != ' ' && !keyword.Contains("  ", StringComparison.Ordinal);

    static bool IsLatin1Text(char c) => c is '\n' or (>= ' ' and <= '~') or (>= '\u00A0' and <= '\u00FF');

    static string ReadInternational(ReadOnlySpan<byte> data)
    {
        var (compressed, method) = (data[0] != 0, data[1]);
        data = data[2..];
        TakeTerminated(ref data); // language tag
        TakeTerminated(ref data); // translated keyword
        return StrictUtf8.GetString(compressed ? Inflate(method, data) : data);
    }

    static ReadOnlySpan<byte> TakeTerminated(ref ReadOnlySpan<byte> data)
    {
        var end = data.IndexOf((byte)0);
        if (end < 0) throw new InvalidDataException("a terminator is missing");
        var taken = data[..end];
        data = data[(end + 1)..];
        return taken;
    }

    static byte[] Inflate(byte method, ReadOnlySpan<byte> data)
    {
        if (method != 0) throw new InvalidDataException($"compression method {method} is unknown");
        using var zlib = new ZLibStream(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
        using var text = new MemoryStream();
        var buffer = new byte[8192];
        for (int read; (read = zlib.Read(buffer)) > 0;)
        {
            if (text.Length + read > LargestText)
                throw new InvalidDataException($"it inflates to more than {LargestText} bytes");
            text.Write(buffer.AsSpan(0, read));
        }

        return text.ToArray();
    }
}
