using PixArt.Torch;
using PixArt.Training.Ranks;

namespace PixArt.Training.Adapters;

/// <summary>Dropout whose masks follow from the seed, the pass and the layer alone: a resumed run and a block that is computed
/// again in the backward pass see the same ones.</summary>
/// <param name="seed">The run's seed.</param>
/// <param name="share">Share of elements that are dropped.</param>
/// <param name="batch">This process's part of every batch.</param>
sealed class DropoutMasks(ulong seed, double share, BatchShare batch)
{
    /// <summary>The training pass; null: nothing is dropped.</summary>
    public long? Pass { get; set; }

    /// <summary>The dropout of one layer.</summary>
    public Func<Tensor, Tensor> Of(int layer) => input =>
    {
        if (Pass is not { } pass || share == 0) return input;
        using var scope = TensorScope.Begin();
        using var generator = new RandomKey(seed, RandomPurpose.AdapterDropout, pass, layer).Generator(input.Device);
        var mask = new BatchNoise(generator, batch).Uniform(input.Shape).Ge(share).To(input.DType) * (1 / (1 - share));
        return scope.Keep(input * mask);
    };
}
