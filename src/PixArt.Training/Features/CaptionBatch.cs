using PixArt.Torch;

namespace PixArt.Training.Features;

/// <summary>Captions as token ids, padded to the longest of the batch.</summary>
/// <param name="Ids">[B, L], 64-bit integers.</param>
/// <param name="Mask">[B, L]: 1 for tokens, 0 for padding.</param>
sealed record CaptionBatch(Tensor Ids, Tensor Mask) : IDisposable
{
    /// <summary>Tokenizes captions.</summary>
    public static CaptionBatch From(IReadOnlyList<string> captions, ICaptionTokenizer tokenizer)
    {
        var tokens = captions.Select(tokenizer.Encode).ToArray();
        var longest = tokens.Max(t => t.Length);
        var ids = new long[tokens.Length * longest];
        var mask = new long[ids.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i].CopyTo(ids, i * longest);
            mask.AsSpan(i * longest, tokens[i].Length).Fill(1);
        }

        return new(
            Tensor.FromArray(ids, tokens.Length, longest), Tensor.FromArray(mask, tokens.Length, longest));
    }

    public void Dispose()
    {
        Ids.Dispose();
        Mask.Dispose();
    }
}
