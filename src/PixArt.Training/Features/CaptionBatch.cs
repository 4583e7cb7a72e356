using PixArt.Torch;

namespace PixArt.Training.Features;

/// <summary>Captions of a batch: token ids for a text encoder, or the features that one computed before.</summary>
/// <param name="Ids">[B, L], 64-bit integers; null where there are features.</param>
/// <param name="Mask">[B, L]: 1 for tokens, 0 for padding.</param>
/// <param name="Features">[B, L, caption channels], or null.</param>
sealed record CaptionBatch(Tensor? Ids, Tensor Mask, Tensor? Features = null) : IDisposable
{
    /// <summary>Tokenizes captions and pads them to the longest of the batch.</summary>
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

    /// <summary>The same on a device, the mask apart: models read it on the host and move what they make of it.</summary>
    public CaptionBatch To(Device device) => new(Ids?.To(device), Mask.To(Device.Cpu), Features?.To(device));

    public void Dispose()
    {
        Ids?.Dispose();
        Mask.Dispose();
        Features?.Dispose();
    }
}
