using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>Captions as the transformer reads them.</summary>
/// <param name="Embeddings">Text encoder output [B, L, C].</param>
/// <param name="Mask">1 for a token, 0 for padding [B, L], 64-bit integers.</param>
sealed record TextFeatures(Tensor Embeddings, Tensor Mask) : IDisposable
{
    /// <summary>Number of captions.</summary>
    public long Count => Embeddings.Size(0);

    /// <summary>Captions one after the other; shorter ones get padding on the right. Belongs to the scope or the caller.</summary>
    public static TextFeatures Join(IReadOnlyList<TextFeatures> parts)
    {
        if (parts.Count == 1) return new(parts[0].Embeddings.Detach(), parts[0].Mask.Detach());
        var longest = parts.Max(part => part.Embeddings.Size(1));
        using var scope = TensorScope.Begin();
        return new(
            scope.Keep(Tensor.Cat([.. parts.Select(p => Functional.Pad(p.Embeddings, [0, 0, 0, longest - p.Embeddings.Size(1)]))])),
            scope.Keep(Tensor.Cat([.. parts.Select(p => Functional.Pad(p.Mask, [0, longest - p.Mask.Size(1)]))])));
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Embeddings.Dispose();
        Mask.Dispose();
    }
}
