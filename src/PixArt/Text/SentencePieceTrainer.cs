using PixArt.Weights;

namespace PixArt.Text;

/// <summary>Trains a tokenizer on texts.</summary>
public static unsafe class SentencePieceTrainer
{
    /// <summary>Trains a unigram model with T5's special tokens (padding 0, end 1, unknown 2, no begin token) and T5's
    /// normalisation (NFKC with collapsed spaces), and writes it. The same sentences in the same order give the same file.</summary>
    /// <param name="sentences">Texts, such as captions; empty ones are skipped, and so are those above 65,536 bytes of UTF-8.</param>
    /// <param name="vocabularySize">Number of pieces wanted, special tokens included; fewer come out when the texts do not hold
    /// as many.</param>
    /// <param name="path">Where the model goes, usually <c>tokenizer/spiece.model</c>.</param>
    /// <param name="characterCoverage">Share of the text's characters that must be spellable, 0.98 to 1; the rest is unknown.</param>
    /// <exception cref="InvalidSettingException">A setting is out of its range.</exception>
    /// <exception cref="PixArtException">There are no sentences, or the vocabulary cannot hold their characters.</exception>
    public static void Train(IEnumerable<string> sentences, int vocabularySize, string path, double characterCoverage = 1.0)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (vocabularySize < 4) throw new InvalidSettingException("vocabulary_size", vocabularySize, "at least 4");
        if (characterCoverage is not (>= 0.98 and <= 1))
            throw new InvalidSettingException("character_coverage", characterCoverage, "0.98 to 1");

        using var text = new MemoryStream();
        var lengths = new List<long>();
        foreach (var sentence in sentences)
        {
            var utf8 = SentencePieceNative.Utf8(sentence);
            if (utf8.Length == 0) continue;
            text.Write(utf8);
            lengths.Add(utf8.Length);
        }

        if (lengths.Count == 0) throw new PixArtException("there are no sentences to train a tokenizer on");
        nint result;
        fixed (byte* start = text.GetBuffer())
        fixed (long* sizes = lengths.ToArray())
        {
            SentencePieceNative.Check(
                SentencePieceNative.px_sp_train(start, sizes, lengths.Count, vocabularySize, characterCoverage, out result),
                $"training a tokenizer of {vocabularySize} pieces on {lengths.Count} sentences");
        }

        try
        {
            SentencePieceNative.Check(SentencePieceNative.px_sp_bytes(result, out var data, out var length), path);
            AtomicFile.Write(path, new ReadOnlySpan<byte>(data, checked((int)length)));
        }
        finally
        {
            SentencePieceNative.px_sp_bytes_free(result);
        }
    }
}
