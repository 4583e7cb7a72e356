using PixArt.Torch;

namespace PixArt.Models;

/// <summary>Views between [B, N, D] and [B, heads, N, D/heads].</summary>
internal static class Heads
{
    internal static Tensor Split(Tensor t, int heads) => t.View(t.Size(0), t.Size(1), heads, t.Size(2) / heads).Transpose(1, 2);

    internal static Tensor Join(Tensor t) => t.Transpose(1, 2).Flatten(2, 3);
}
