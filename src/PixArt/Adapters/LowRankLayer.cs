using PixArt.Torch;

namespace PixArt.Adapters;

/// <summary>LoRA (Hu et al. 2021): B·A; for convolutions with a core between them (LyCORIS' Tucker form).</summary>
sealed class LowRankLayer : AdapterLayer
{
    readonly (long Rows, long Rank, long Columns) _shape;

    public LowRankLayer(AdapterTensors tensors) : base(tensors) => _shape = tensors.Has(AdapterRole.Core)
        ? tensors.TuckerOf(AdapterRole.Core, AdapterRole.Up, AdapterRole.Down, leftRowsFirst: true)
        : tensors.ProductOf(AdapterRole.Up, AdapterRole.Down);

    public override string Kind => HasMagnitude ? "DoRA" : "LoRA";

    public override long? Rank => _shape.Rank;

    public override (long Rows, long Columns) Size => (_shape.Rows, _shape.Columns);

    protected override AdapterRole Widest => AdapterRole.Up;

    protected override Tensor Product()
    {
        using var scope = TensorScope.Begin();
        if (Tensors.Has(AdapterRole.Core)) return scope.Keep(Tensors.Tucker(AdapterRole.Core, AdapterRole.Up, AdapterRole.Down, leftRowsFirst: true));
        return scope.Keep(Tensors.Matrix(AdapterRole.Up).MatMul(Tensors.Matrix(AdapterRole.Down)));
    }
}
