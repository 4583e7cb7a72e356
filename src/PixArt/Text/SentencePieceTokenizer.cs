using System.Buffers;
using System.Globalization;
using System.Text;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Text;

/// <summary>T5's tokenizer: a sentencepiece unigram model, the end token behind every text, and the sentinels
/// <c>&lt;extra_id_0&gt;</c>… above the pieces. Encoding is the one of <c>T5Tokenizer</c> with <c>legacy</c> behaviour, as
/// the released PixArt folders ask for, or without it where <c>tokenizer_config.json</c> says so: they differ about special tokens inside a text. Safe to use from several threads.</summary>
public sealed class SentencePieceTokenizer : IDisposable
{
    readonly SentencePieceHandle _model;
    readonly Dictionary<string, int> _special;
    readonly SearchValues<string> _specialSearch;
    readonly bool _isLegacy;
    readonly int _unknownPieces;

    SentencePieceTokenizer(string path, SentencePieceHandle model, TokenizerSettings settings)
    {
        Path = path;
        _model = model;
        SentencePieceNative.Check(
            SentencePieceNative.px_sp_special(model, out var pad, out var end, out var unknown, out _, out var pieces), path);
        if (end < 0) throw new PixArtException($"{path}: the model has no end token, expected T5's </s>");
        PieceCount = pieces;
        SentinelCount = settings.SentinelCount;
        PaddingId = Math.Max(pad, 0);
        EndId = end;
        UnknownId = unknown;

        _special = new Dictionary<string, int>(StringComparer.Ordinal)
        {
            [settings.Unknown] = UnknownId,
            [settings.Padding] = PaddingId,
            [settings.End] = EndId,
        };
        for (var i = 0; i < SentinelCount; i++)
            _special[string.Create(CultureInfo.InvariantCulture, $"<extra_id_{i}>")] = SentinelId(i);
        _specialSearch = SearchValues.Create([.. _special.Keys], StringComparison.Ordinal);
        _isLegacy = settings.IsLegacy;
        _unknownPieces = _isLegacy ? 0 : Encoded(Before).Length;
    }

    /// <summary>The model's file.</summary>
    public string Path { get; }

    /// <summary>Number of sentencepiece pieces; their ids are 0 to this, exclusive.</summary>
    public int PieceCount { get; }

    /// <summary>Number of sentinels.</summary>
    public int SentinelCount { get; }

    /// <summary>Number of ids: pieces and sentinels. An embedding may have more rows.</summary>
    public int VocabularySize => PieceCount + SentinelCount;

    /// <summary>Id that fills up the length.</summary>
    public int PaddingId { get; }

    /// <summary>Id behind every text.</summary>
    public int EndId { get; }

    /// <summary>Id of what the model has no piece for.</summary>
    public int UnknownId { get; }

    /// <summary>Loads a tokenizer.</summary>
    /// <param name="path"><c>spiece.model</c>, the folder that holds it, or a pipeline's folder with <c>tokenizer/</c>.
    /// <c>tokenizer_config.json</c> beside the model is read where there is one.</param>
    /// <exception cref="WeightsException">There is no model, or it cannot be read.</exception>
    /// <exception cref="PixArtException">The model is damaged, or not one with T5's special tokens.</exception>
    public static unsafe SentencePieceTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = Find(path);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException(WeightsErrorKind.Io, file, null, $"cannot be read: {e.Message}", e);
        }

        var settings = TokenizerSettings.Read(
            System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file) ?? ".", "tokenizer_config.json"));
        nint handle;
        fixed (byte* start = bytes)
            SentencePieceNative.Check(SentencePieceNative.px_sp_load(start, bytes.Length, out handle), file);
        var model = new SentencePieceHandle(handle);
        try
        {
            return new SentencePieceTokenizer(file, model, settings);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Loads the native library that every tokenizer needs, without a model.</summary>
    /// <exception cref="TorchException">It is not there or does not load; the message says what was tried.</exception>
    public static void RequireLibrary() => _ = SentencePieceNative.px_last_error();

    /// <summary>Id of the sentinel <c>&lt;extra_id_N&gt;</c>: they count down from the end of the vocabulary.</summary>
    /// <param name="number">0 to <see cref="SentinelCount"/>, exclusive.</param>
    public int SentinelId(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, SentinelCount);
        return VocabularySize - 1 - number;
    }

    /// <summary>The ids of a text, the end token last. A text that ends with a written <c>&lt;/s&gt;</c> gets no second one.</summary>
    /// <param name="text">Any text. Unpaired surrogates count as U+FFFD.</param>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = Pieces(text);
        if (ids.Count == 0 || ids[^1] != EndId) ids.Add(EndId);
        return ids;
    }

    /// <summary>The ids of a text in a fixed length: padded on the right, or cut to its first <paramref name="length"/> - 1
    /// tokens and the end token.</summary>
    /// <param name="text">Any text. Unpaired surrogates count as U+FFFD.</param>
    /// <param name="length">At least 1; 120 for PixArt-α, 300 for PixArt-Σ.</param>
    /// <exception cref="InvalidSettingException">The length is not positive.</exception>
    public TokenizedText Encode(string text, int length)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (length < 1) throw new InvalidSettingException("max_sequence_length", length, "at least 1");
        var tokens = Pieces(text);
        var lost = Math.Max(0, tokens.Count - (length - 1));
        tokens.RemoveRange(tokens.Count - lost, lost);
        if (tokens.Count == 0 || tokens[^1] != EndId) tokens.Add(EndId);

        var ids = new long[length];
        var mask = new long[length];
        ids.AsSpan(tokens.Count).Fill(PaddingId);
        mask.AsSpan(0, tokens.Count).Fill(1);
        for (var i = 0; i < tokens.Count; i++) ids[i] = tokens[i];
        return new TokenizedText(ids, mask, tokens.Count, lost);
    }

    /// <summary>The text of ids.</summary>
    /// <param name="ids">Ids of this vocabulary.</param>
    /// <param name="keepSpecial">Whether padding, end, unknown and sentinel tokens are spelled out or left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not of this vocabulary.</exception>
    public string Decode(IEnumerable<int> ids, bool keepSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        var pieces = new List<int>();
        void Flush()
        {
            if (pieces.Count == 0) return;
            if (text.Length > 0) text.Append(' ');
            text.Append(DecodePieces([.. pieces]));
            pieces.Clear();
        }

        foreach (var id in ids)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(id, nameof(ids));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize, nameof(ids));
            if (id < PieceCount && id != EndId && id != PaddingId && id != UnknownId)
            {
                pieces.Add(id);
            }
            else if (keepSpecial)
            {
                Flush();
                if (text.Length > 0) text.Append(' ');
                text.Append(Piece(id));
            }
        }

        Flush();
        return text.ToString();
    }

    /// <summary>The spelling of a token; a leading <c>▁</c> stands for the space before it.</summary>
    /// <param name="id">0 to <see cref="VocabularySize"/>, exclusive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is not of this vocabulary.</exception>
    public unsafe string Piece(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
        if (id >= PieceCount) return string.Create(CultureInfo.InvariantCulture, $"<extra_id_{VocabularySize - 1 - id}>");
        return Encoding.UTF8.GetString(SentencePieceNative.Collect(
            Path, 64, (byte* buffer, long capacity, out long needed) =>
                SentencePieceNative.px_sp_piece(_model, id, buffer, capacity, out needed)));
    }

    /// <summary>Releases the model.</summary>
    public void Dispose() => _model.Dispose();

    static string Find(string path)
    {
        if (!Directory.Exists(path))
        {
            return File.Exists(path)
                ? path
                : throw new WeightsException(WeightsErrorKind.NotFound, path, null, "there is no such tokenizer model (spiece.model)");
        }

        string[] places = [System.IO.Path.Combine(path, "spiece.model"), System.IO.Path.Combine(path, "tokenizer", "spiece.model")];
        return Array.Find(places, File.Exists)
            ?? throw new WeightsException(WeightsErrorKind.NotFound, path, null, "the folder holds no spiece.model, nor does its tokenizer/");
    }

    // sentencepiece's sign for a space.
    const char Space = '\u2581';

    // What is encoded before a part that shall not begin as a text does; its pieces are taken off again.
    const string Before = "<unk>";

    // Written special tokens split the text; each part between them is encoded by itself.
    List<int> Pieces(string text)
    {
        var ids = new List<int>();
        var rest = (_isLegacy || text.Length == 0 ? text : Space + text.Replace(Space, ' ')).AsSpan();
        while (!rest.IsEmpty)
        {
            var at = rest.IndexOfAny(_specialSearch);
            if (at < 0)
            {
                AddPieces(ids, rest);
                break;
            }

            var (spelling, id) = SpecialAt(rest[at..]);
            // Sentinels take the spaces around them.
            var takesSpaces = !_isLegacy && id >= PieceCount;
            AddPieces(ids, takesSpaces ? rest[..at].TrimEnd() : rest[..at]);
            if (!_isLegacy && ids is [var only] && IsSpace(only)) ids.Clear();
            ids.Add(id);
            rest = rest[(at + spelling)..];
            if (takesSpaces) rest = rest.TrimStart();
        }

        return ids;
    }

    bool IsSpace(int id) => id < PieceCount && Piece(id) is [Space];

    (int Length, int Id) SpecialAt(ReadOnlySpan<char> text)
    {
        var (longest, id) = (0, UnknownId);
        foreach (var (spelling, candidate) in _special)
        {
            if (spelling.Length > longest && text.StartsWith(spelling, StringComparison.Ordinal))
                (longest, id) = (spelling.Length, candidate);
        }

        return (longest, id);
    }

    void AddPieces(List<int> ids, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        ids.AddRange(_isLegacy ? Encoded(text) : Encoded($"{Before}{text}").AsSpan(_unknownPieces).ToArray());
    }

    unsafe int[] Encoded(ReadOnlySpan<char> text)
    {
        var utf8 = SentencePieceNative.Utf8(text);
        fixed (byte* start = utf8)
        {
            // A pointer may not be captured as such.
            var address = (nint)start;
            return SentencePieceNative.Collect(Path, utf8.Length + 8, (int* buffer, long capacity, out long needed) =>
                SentencePieceNative.px_sp_encode(_model, (byte*)address, utf8.Length, buffer, capacity, out needed));
        }
    }

    unsafe string DecodePieces(int[] ids)
    {
        fixed (int* start = ids)
        {
            var address = (nint)start;
            return Encoding.UTF8.GetString(SentencePieceNative.Collect(
                Path, ids.Length * 8 + 16, (byte* buffer, long capacity, out long needed) =>
                    SentencePieceNative.px_sp_decode(_model, (int*)address, ids.Length, buffer, capacity, out needed)));
        }
    }
}
