using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Recipes;

namespace PixArt.Training.Adapters;

/// <summary>LoRA (Hu et al. 2021): W x + s·B(A x); with lengths, DoRA (Liu et al. 2024): the rows of W + s·B·A brought to trained
/// lengths, whose present ones count as constants (section 4.3 there). On a convolution A is one of its kind, B of size 1.</summary>
sealed class LowRankAdapter : ILayerAdapter
{
    // Rows that are zero, as layers begin in training from scratch, have no direction: they keep the length 0.
    const double LeastLength = 1e-12;
    readonly AdaptableLayer _layer;
    readonly double _scale;
    readonly Func<Tensor, Tensor> _dropout;
    readonly Tensor _down; // [r, in] or [r, in, k, k]
    readonly Tensor _up;   // [out, r] or [out, r, 1, 1]
    readonly Tensor? _lengths; // [out]

    public LowRankAdapter(ParameterScope scope, AdaptableLayer layer, AdapterRecipe recipe, Func<Tensor, Tensor> dropout)
    {
        (_layer, _scale, _dropout) = (layer, recipe.Scale, dropout);
        long rank = recipe.Rank;
        var shape = layer.Weight.Shape;
        Initializer down = recipe.Init == AdapterInit.Gaussian ? Init.Normal(1.0 / rank) : Init.KaimingUniform;
        _down = scope.Sub("lora_A").Get("weight", [rank, .. shape[1..]], down);
        _up = scope.Sub("lora_B").Get("weight", shape.Length == 2 ? [shape[0], rank] : [shape[0], rank, 1, 1], Init.Zeros);
        if (recipe.Kind != AdapterKind.Dora) return;
        using var inside = TensorScope.Begin();
        using var off = GradMode.Disable();
        var own = Lengths();
        _lengths = scope.Get("lora_magnitude_vector", [shape[0]], (parameter, _) => parameter.CopyInPlace(own));
    }

    public Tensor Adapt(Tensor input, Tensor output)
    {
        using var scope = TensorScope.Begin();
        var change = Product(_dropout(input)) * _scale;
        if (_lengths is null) return scope.Keep(output + change);
        var factor = Factor(output.Rank);
        var bare = _layer.Bias is { } bias ? output - PerChannel(bias, output.Rank) : output;
        // Lengths are fp32; under autocast what a layer gives may be smaller, and stays so.
        return scope.Keep((output + (bare * (factor - 1)) + (change * factor)).To(output.DType));
    }

    Tensor Product(Tensor input) => _layer is Conv2d conv
        ? Functional.Conv2d(Functional.Conv2d(input, _down, null, conv.Stride, conv.Padding), _up)
        : Functional.Linear(Functional.Linear(input, _down), _up);

    Tensor Factor(int rank)
    {
        Tensor now;
        using (GradMode.Disable()) now = Lengths();
        return PerChannel(_lengths! / now.Clamp(min: LeastLength), rank);
    }

    // Of the rows of W + s·B·A, [out].
    Tensor Lengths()
    {
        using var scope = TensorScope.Begin();
        var merged = _layer.Weight.Flatten(1) + (_up.Flatten(1).MatMul(_down.Flatten(1)) * _scale);
        return scope.Keep(merged.Square().Sum([1]).Sqrt());
    }

    // Channels are last in a linear layer's output, second in a convolution's.
    Tensor PerChannel(Tensor values, int rank) => _layer is Conv2d && rank == 4 ? values.Reshape(1, -1, 1, 1) : values;
}
