using PixArt.Torch;

namespace PixArt.Adapters;

/// <summary>LoKr (LyCORIS; Edalati et al. 2022): the Kronecker product of two matrices, each whole or a product of two.</summary>
sealed class KroneckerLayer : AdapterLayer
{
    readonly (long Rows, long Columns) _outer;
    readonly (long Rows, long Columns) _inner;

    public KroneckerLayer(AdapterTensors tensors) : base(tensors)
    {
        long? rank = null;
        (long, long) SizeOf(AdapterRole whole, AdapterRole left, AdapterRole right)
        {
            if (!tensors.Has(left) && !tensors.Has(right)) tensors.Require(whole);
            if (tensors.Has(whole)) return tensors.MatrixOf(whole);
            var (rows, inner, columns) = HasCore(left) ? tensors.TuckerOf(AdapterRole.Kron2Core, left, right, leftRowsFirst: false) : tensors.ProductOf(left, right);
            rank = inner;
            return (rows, columns);
        }

        _outer = SizeOf(AdapterRole.Kron1, AdapterRole.Kron1A, AdapterRole.Kron1B);
        _inner = SizeOf(AdapterRole.Kron2, AdapterRole.Kron2A, AdapterRole.Kron2B);
        Rank = rank;
    }

    public override string Kind => "LoKr";

    public override long? Rank { get; }

    public override (long Rows, long Columns) Size => (_outer.Rows * _inner.Rows, _outer.Columns * _inner.Columns);

    protected override AdapterRole Widest => Tensors.Has(AdapterRole.Kron2) ? AdapterRole.Kron2 : AdapterRole.Kron2A;

    protected override Tensor Product()
    {
        using var scope = TensorScope.Begin();
        var outer = Matrix(AdapterRole.Kron1, AdapterRole.Kron1A, AdapterRole.Kron1B);
        var inner = Matrix(AdapterRole.Kron2, AdapterRole.Kron2A, AdapterRole.Kron2B);
        return scope.Keep((outer.Reshape(_outer.Rows, 1, _outer.Columns, 1) * inner.Reshape(1, _inner.Rows, 1, _inner.Columns))
            .Reshape(Size.Rows, Size.Columns));
    }

    Tensor Matrix(AdapterRole whole, AdapterRole left, AdapterRole right) =>
        Tensors.Has(whole) ? Tensors.Matrix(whole)
        : HasCore(left) ? Tensors.Tucker(AdapterRole.Kron2Core, left, right, leftRowsFirst: false)
        : Tensors.Matrix(left).MatMul(Tensors.Matrix(right));

    // Of the inner matrix alone.
    bool HasCore(AdapterRole left) => left == AdapterRole.Kron2A && Tensors.Has(AdapterRole.Kron2Core);
}
