using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Models;

/// <summary>What a block's cross-attention knows of a batch of captions. Attention to one token gives that token's value whatever asks, so
/// captions of one token, where they stand first (the empty text that guidance steers away from), need no attention at all.</summary>
/// <param name="First">Of the other captions: keys [B, heads, L, D/heads], folded scores [B, D + 1, heads L], or features [B, L, D]; null: there are none.</param>
/// <param name="Second">Values [B, heads, L, D/heads], folded results [B, heads L, D], or null beside features.</param>
/// <param name="Constant">What the leading captions of one token add to every image token, [leading, 1, D]; null: there are none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BlockCaption(Tensor? First, Tensor? Second, Tensor? Constant)
{
    internal IEnumerable<Tensor> Tensors => new[] { First, Second, Constant }.OfType<Tensor>();
}
