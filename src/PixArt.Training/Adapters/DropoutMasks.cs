using PixArt.Torch;

namespace PixArt.Training.Adapters;

/// <summary>Dropout whose masks follow from the seed, the pass and the layer alone: a resumed run and a block that is computed
/// again in the backward pass see the same ones.</summary>
/// <param name="seed">The run's seed.</param>
/// <param name="share">Share of elements that are dropped.</param>
sealed class DropoutMasks(ulong seed, double share)
{
    /// <summary>The training pass; null: nothing is dropped.</summary>
    public long? Pass { get; set; }

    /// <summary>The dropout of one layer.</summary>
    public Func<Tensor, Tensor> Of(int layer) => input =>
    {
        if (Pass is not { } pass || share == 0) return input;
        using var scope = TensorScope.Begin();
        using var generator = new RandomKey(seed, RandomPurpose.AdapterDropout, pass, layer).Generator(input.Device);
        var mask = Tensor.Rand(input.Shape, generator, device: input.Device).Ge(share).To(input.DType) * (1 / (1 - share));
        return scope.Keep(input * mask);
    };
}
