using PixArt.Text;

namespace PixArt.Training.Features;

/// <summary>A sentencepiece tokenizer that cuts captions to a length.</summary>
/// <param name="tokenizer">The tokenizer; disposed with this object.</param>
/// <param name="maxTokens">Tokens at most, the end included.</param>
sealed class CaptionTokenizer(SentencePieceTokenizer tokenizer, int maxTokens) : ICaptionTokenizer
{
    public long[] Encode(string caption)
    {
        var text = tokenizer.Encode(caption, maxTokens);
        return text.Ids.AsSpan(0, text.Count).ToArray();
    }

    public void Dispose() => tokenizer.Dispose();
}
