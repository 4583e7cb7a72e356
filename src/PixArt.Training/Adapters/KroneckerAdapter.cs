using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Recipes;

namespace PixArt.Training.Adapters;

/// <summary>LoKr (LyCORIS; Edalati et al. 2022): W x + s·(W1 ⊗ W2) x, W2 a product of two where the rank is small enough to save
/// anything. Sizes and first values as peft's; W1 begins as zero.</summary>
sealed class KroneckerAdapter : ILayerAdapter
{
    readonly double _scale;
    readonly Tensor _outer;       // [a, c]
    readonly Tensor? _inner;      // [b, d]
    readonly Tensor? _left;       // [b, r]
    readonly Tensor? _right;      // [r, d]

    public KroneckerAdapter(ParameterScope scope, AdaptableLayer layer, AdapterRecipe recipe)
    {
        _scale = recipe.Scale;
        var (a, b) = Factors(layer.Weight.Size(0));
        var (c, d) = Factors(layer.Weight.Size(1));
        long rank = recipe.Rank;
        _outer = scope.Get("lokr_w1", [a, c], Init.Zeros);
        if (rank >= Math.Max(b, d) / 2.0)
        {
            _inner = scope.Get("lokr_w2", [b, d], Init.KaimingUniform);
            return;
        }

        _left = scope.Get("lokr_w2_a", [b, rank], Init.KaimingUniform);
        _right = scope.Get("lokr_w2_b", [rank, d], Init.KaimingUniform);
    }

    public Tensor Adapt(Tensor input, Tensor output)
    {
        using var scope = TensorScope.Begin();
        var (rows, columns) = (_outer.Size(0), _outer.Size(1));
        // (W1 ⊗ W2) x: x seen as a matrix [c, d] becomes W1 X W2ᵀ.
        var x = input.Reshape(-1, columns, input.Size(-1) / columns);
        var inner = _inner is null ? Functional.Linear(Functional.Linear(x, _right!), _left!) : Functional.Linear(x, _inner); // [.., c, b]
        var outer = Functional.Linear(inner.Transpose(1, 2), _outer).Transpose(1, 2);                                      // [.., a, b]
        return scope.Keep(output + (outer.Reshape(output.Shape) * _scale));
    }

    /// <summary>The two factors of a dimension that are nearest to each other, the smaller first.</summary>
    internal static (long Outer, long Inner) Factors(long dimension)
    {
        var outer = (long)Math.Sqrt(dimension);
        while (dimension % outer != 0) outer--;
        return (outer, dimension / outer);
    }
}
