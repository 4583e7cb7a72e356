namespace PixArt.Text;

/// <summary>A text as a fixed number of token ids.</summary>
/// <param name="Ids">Token ids, padded on the right: [length].</param>
/// <param name="Mask">1 for a token of the text (its end token included), 0 for padding: [length].</param>
/// <param name="Count">Number of ones in the mask.</param>
/// <param name="TokensLost">How many tokens of the text did not fit; 0 when all of it is here.</param>
public sealed record TokenizedText(long[] Ids, long[] Mask, int Count, int TokensLost);
