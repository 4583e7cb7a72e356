using PixArt.Torch;

namespace PixArt.Models;

/// <summary>A batch of captions as a <see cref="PixArtTransformer"/>'s blocks read them: computed once per image by
/// <see cref="PixArtTransformer.EncodeCaptions"/>, used at every step. Belongs to the model that made it.</summary>
public sealed class CaptionState : IDisposable
{
    readonly Tensor? features;        // [B, L, D], where keys and values are left to the blocks
    readonly BlockCaption[]? blocks;

    internal CaptionState(long batchSize, long tokenCount, Tensor? features, Tensor? bias, BlockCaption[]? blocks)
    {
        (BatchSize, TokenCount, Bias, this.features, this.blocks) = (batchSize, tokenCount, bias, features, blocks);
    }

    /// <summary>Number of captions.</summary>
    public long BatchSize { get; }

    /// <summary>Number of text tokens that attention sees: the longest caption of the batch without its padding.</summary>
    public long TokenCount { get; }

    /// <summary>Added to the scores where captions that are attended to differ in length, [B, 1, 1, L].</summary>
    internal Tensor? Bias { get; }

    /// <summary>Whether there are keys and values for so many blocks, those of a ControlNet after the transformer's.</summary>
    internal bool Covers(int count) => blocks is null || blocks.Length >= count;

    /// <summary>Keys and values of a block, or the features and nothing.</summary>
    internal BlockCaption Of(int block) => blocks is null ? new(features, null, null) : blocks[block];

    /// <summary>Takes the tensors out of every scope: they live until <see cref="Dispose"/>, whatever block made them.</summary>
    internal CaptionState Release()
    {
        if (features is not null) TensorScope.Release(features);
        if (Bias is not null) TensorScope.Release(Bias);
        foreach (var tensor in Prepared) TensorScope.Release(tensor);
        return this;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        features?.Dispose();
        Bias?.Dispose();
        foreach (var tensor in Prepared) tensor.Dispose();
    }

    IEnumerable<Tensor> Prepared => (blocks ?? []).SelectMany(block => block.Tensors);
}
