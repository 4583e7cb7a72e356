using PixArt.Torch;

namespace PixArt.Adapters;

/// <summary>LoHa (LyCORIS; Hyeon-Woo et al. 2021): the elementwise product of two low-rank matrices.</summary>
sealed class HadamardLayer : AdapterLayer
{
    readonly (long Rows, long Rank, long Columns) _shape;

    public HadamardLayer(AdapterTensors tensors) : base(tensors)
    {
        _shape = SizeOf(AdapterRole.Hada1Core, AdapterRole.Hada1A, AdapterRole.Hada1B);
        var (rows, _, columns) = SizeOf(AdapterRole.Hada2Core, AdapterRole.Hada2A, AdapterRole.Hada2B);
        if (rows != _shape.Rows || columns != _shape.Columns)
            throw tensors.Mismatch(AdapterRole.Hada2A, $"belongs to a matrix [{rows}, {columns}], expected [{_shape.Rows}, {_shape.Columns}] as the first one");
    }

    public override string Kind => "LoHa";

    public override long? Rank => _shape.Rank;

    public override (long Rows, long Columns) Size => (_shape.Rows, _shape.Columns);

    protected override AdapterRole Widest => AdapterRole.Hada1A;

    protected override Tensor Product()
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Matrix(AdapterRole.Hada1Core, AdapterRole.Hada1A, AdapterRole.Hada1B) * Matrix(AdapterRole.Hada2Core, AdapterRole.Hada2A, AdapterRole.Hada2B));
    }

    (long Rows, long Rank, long Columns) SizeOf(AdapterRole core, AdapterRole left, AdapterRole right) =>
        Tensors.Has(core) ? Tensors.TuckerOf(core, left, right, leftRowsFirst: false) : Tensors.ProductOf(left, right);

    Tensor Matrix(AdapterRole core, AdapterRole left, AdapterRole right) => Tensors.Has(core)
        ? Tensors.Tucker(core, left, right, leftRowsFirst: false) : Tensors.Matrix(left).MatMul(Tensors.Matrix(right));
}
