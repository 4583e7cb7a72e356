using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Models;

/// <summary>What a block's cross-attention knows of a batch of captions. Attention to one token gives that token's value whatever asks, so
/// captions of one token, where they stand first (the empty text that guidance steers away from), need no attention at all. Folded captions have their
/// first token's value taken out likewise, the other tokens' keys and values being differences from its.</summary>
/// <param name="First">Of the other captions: keys [B, heads, L, D/heads], folded scores [B, D + 1, heads (L - 1)], or features [B, L, D]; null: there are none.</param>
/// <param name="Second">Values [B, heads, L, D/heads], folded results [B, heads (L - 1), D], or null beside features.</param>
/// <param name="Constant">What every image token gets whatever it asks: of the leading captions of one token, and of all if folded,
/// [leading or batch, 1, D]; null: nothing.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BlockCaption(Tensor? First, Tensor? Second, Tensor? Constant)
{
    internal IEnumerable<Tensor> Tensors => new[] { First, Second, Constant }.OfType<Tensor>();
}
