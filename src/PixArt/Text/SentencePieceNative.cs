using System.Runtime.InteropServices;
using System.Text;
using PixArt.Torch.Native;

namespace PixArt.Text;

/// <summary>The sentencepiece behind libpixart_text. Every call is safe from any thread.</summary>
static unsafe partial class SentencePieceNative
{
    const string Library = "pixart_text";

    static SentencePieceNative() => NativeLibraryLoader.Register(typeof(SentencePieceNative).Assembly);

    /// <summary>Fills a buffer and says how much it needed; called again with a larger one where that was too small.</summary>
    public delegate int Fill<T>(T* buffer, long capacity, out long needed) where T : unmanaged;

    public static T[] Collect<T>(string what, int firstCapacity, Fill<T> fill) where T : unmanaged
    {
        var buffer = new T[firstCapacity];
        while (true)
        {
            long needed;
            fixed (T* start = buffer) Check(fill(start, buffer.Length, out needed), what);
            if (needed <= buffer.Length) return buffer.AsSpan(0, (int)needed).ToArray();
            buffer = new T[needed];
        }
    }

    public static void Check(int status, string what)
    {
        if (status == 0) return;
        var text = Marshal.PtrToStringUTF8(px_last_error());
        throw new PixArtException($"{what}: sentencepiece says '{text}'");
    }

    /// <summary>UTF-8 of any string; unpaired surrogates become U+FFFD, as no UTF-8 exists for them.</summary>
    public static byte[] Utf8(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    [LibraryImport(Library)]
    internal static partial nint px_last_error();

    [LibraryImport(Library)]
    internal static partial int px_sp_load(byte* bytes, long length, out nint model);

    [LibraryImport(Library)]
    internal static partial void px_sp_free(nint model);

    [LibraryImport(Library)]
    internal static partial int px_sp_special(
        SentencePieceHandle model, out int pad, out int eos, out int unk, out int bos, out int pieces);

    [LibraryImport(Library)]
    internal static partial int px_sp_encode(
        SentencePieceHandle model, byte* text, long length, int* ids, long capacity, out long needed);

    [LibraryImport(Library)]
    internal static partial int px_sp_decode(
        SentencePieceHandle model, int* ids, long count, byte* text, long capacity, out long needed);

    [LibraryImport(Library)]
    internal static partial int px_sp_piece(SentencePieceHandle model, int id, byte* text, long capacity, out long needed);

    [LibraryImport(Library)]
    internal static partial int px_sp_piece_id(SentencePieceHandle model, byte* piece, long length, out int id);

    [LibraryImport(Library)]
    internal static partial int px_sp_train(
        byte* text, long* lengths, long count, int vocabularySize, double coverage, out nint bytes);

    [LibraryImport(Library)]
    internal static partial int px_sp_bytes(nint bytes, out byte* data, out long length);

    [LibraryImport(Library)]
    internal static partial void px_sp_bytes_free(nint bytes);
}
