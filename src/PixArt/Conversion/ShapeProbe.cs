using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>Answers a model's questions for parameters with tensors that take no memory, and notes what it asked for: so the model itself
/// says what it needs.</summary>
/// <param name="weights">The real weights: of two names for the same thing, the one that they have is taken.</param>
sealed class ShapeProbe(WeightsSource weights) : IParameterSource
{
    /// <summary>Name → shape, in the order of asking.</summary>
    public OrderedDictionary<string, long[]> Asked { get; } = new(StringComparer.Ordinal);

    /// <summary>What a model asks for.</summary>
    public static OrderedDictionary<string, long[]> Of(WeightsSource weights, Func<ParameterStore, Module> build)
    {
        var probe = new ShapeProbe(weights);
        var store = new ParameterStore(probe);
        try
        {
            using var model = build(store);
        }
        catch
        {
            store.Dispose();
            throw;
        }

        return probe.Asked;
    }

    public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
    {
        // T5's embedding goes by either of two names.
        if (name is "shared.weight" && !weights.Has(name) && weights.Has("encoder.embed_tokens.weight")) return null;
        Asked.TryAdd(name, shape);
        using var scope = TensorScope.Begin();
        return TensorScope.Release(Tensor.Zeros([.. shape.Select(_ => 1L)], dtype, device).Expand(shape));
    }
}
