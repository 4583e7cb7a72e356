using PixArt.Torch;

namespace PixArt.Adapters;

/// <summary>LoRA (Hu et al. 2021): B·A.</summary>
sealed class LowRankLayer : AdapterLayer
{
    readonly (long Rows, long Rank, long Columns) _shape;

    public LowRankLayer(AdapterTensors tensors) : base(tensors) => _shape = tensors.ProductOf(AdapterRole.Up, AdapterRole.Down);

    public override string Kind => HasMagnitude ? "DoRA" : "LoRA";

    public override long? Rank => _shape.Rank;

    public override (long Rows, long Columns) Size => (_shape.Rows, _shape.Columns);

    protected override AdapterRole Widest => AdapterRole.Up;

    protected override Tensor Product()
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Tensors.Matrix(AdapterRole.Up).MatMul(Tensors.Matrix(AdapterRole.Down)));
    }
}
