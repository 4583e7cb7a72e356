namespace PixArt.Torch;

// In-place operators: they change this tensor and return it, for chaining.
public sealed partial class Tensor
{
    private static readonly Op AddInPlaceOp = new("aten::add_", "Tensor"); // add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1)
    private static readonly Op AddScalarInPlaceOp = new("aten::add_", "Scalar"); // add_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1)
    private static readonly Op MulInPlaceOp = new("aten::mul_", "Tensor"); // mul_.Tensor(Tensor(a!) self, Tensor other)
    private static readonly Op MulScalarInPlaceOp = new("aten::mul_", "Scalar"); // mul_.Scalar(Tensor(a!) self, Scalar other)
    private static readonly Op DivInPlaceOp = new("aten::div_", "Tensor"); // div_.Tensor(Tensor(a!) self, Tensor other)
    private static readonly Op CopyInPlaceOp = new("aten::copy_"); // copy_(Tensor(a!) self, Tensor src, bool non_blocking=False)
    private static readonly Op ZeroInPlaceOp = new("aten::zero_"); // zero_(Tensor(a!) self)
    private static readonly Op FillInPlaceOp = new("aten::fill_", "Scalar"); // fill_.Scalar(Tensor(a!) self, Scalar value)
    private static readonly Op AddcmulInPlaceOp = new("aten::addcmul_"); // addcmul_(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)
    private static readonly Op AddcdivInPlaceOp = new("aten::addcdiv_"); // addcdiv_(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)
    private static readonly Op LerpInPlaceOp = new("aten::lerp_", "Scalar"); // lerp_.Scalar(Tensor(a!) self, Tensor end, Scalar weight)
    private static readonly Op SqrtInPlaceOp = new("aten::sqrt_"); // sqrt_(Tensor(a!) self)
    private static readonly Op ClampInPlaceOp = new("aten::clamp_"); // clamp_(Tensor(a!) self, Scalar? min=None, Scalar? max=None)
    private static readonly Op NormalInPlaceOp = new("aten::normal_"); // normal_(Tensor(a!) self, float mean=0, float std=1, *, Generator? generator=None)
    private static readonly Op UniformInPlaceOp = new("aten::uniform_"); // uniform_(Tensor(a!) self, float from=0, float to=1, *, Generator? generator=None)

    /// <summary>this += alpha · other.</summary>
    public Tensor AddInPlace(Tensor other, double alpha = 1) => Changed(AddInPlaceOp, this, other, alpha);

    /// <summary>this += value.</summary>
    public Tensor AddInPlace(double value) => Changed(AddScalarInPlaceOp, this, value);

    /// <summary>this -= other.</summary>
    public Tensor SubInPlace(Tensor other) => AddInPlace(other, -1);

    /// <summary>this *= other.</summary>
    public Tensor MulInPlace(Tensor other) => Changed(MulInPlaceOp, this, other);

    /// <summary>this *= value.</summary>
    public Tensor MulInPlace(double value) => Changed(MulScalarInPlaceOp, this, value);

    /// <summary>this /= other.</summary>
    public Tensor DivInPlace(Tensor other) => Changed(DivInPlaceOp, this, other);

    /// <summary>Copies another tensor's elements here, converting type and device and broadcasting.</summary>
    public Tensor CopyInPlace(Tensor source) => Changed(CopyInPlaceOp, this, source);

    /// <summary>Sets every element to zero.</summary>
    public Tensor ZeroInPlace() => Changed(ZeroInPlaceOp, this);

    /// <summary>Sets every element to a value.</summary>
    public Tensor FillInPlace(double value) => Changed(FillInPlaceOp, this, value);

    /// <summary>this += value · a · b.</summary>
    public Tensor AddcmulInPlace(Tensor a, Tensor b, double value = 1) => Changed(AddcmulInPlaceOp, this, a, b, value);

    /// <summary>this += value · a / b.</summary>
    public Tensor AddcdivInPlace(Tensor a, Tensor b, double value = 1) => Changed(AddcdivInPlaceOp, this, a, b, value);

    /// <summary>this += weight · (end - this).</summary>
    public Tensor LerpInPlace(Tensor end, double weight) => Changed(LerpInPlaceOp, this, end, weight);

    /// <summary>Square root in place.</summary>
    public Tensor SqrtInPlace() => Changed(SqrtInPlaceOp, this);

    /// <summary>Limits the elements to [min, max] in place.</summary>
    public Tensor ClampInPlace(double? min = null, double? max = null) => Changed(ClampInPlaceOp, this, min, max);

    /// <summary>Draws every element from a normal distribution.</summary>
    public Tensor NormalInPlace(double mean = 0, double std = 1, Generator? generator = null) => Changed(NormalInPlaceOp, this, mean, std, generator);

    /// <summary>Draws every element uniformly from [from, to).</summary>
    public Tensor UniformInPlace(double from = 0, double to = 1, Generator? generator = null) => Changed(UniformInPlaceOp, this, from, to, generator);

    private static Tensor Changed(Op op, params ReadOnlySpan<Arg> args)
    {
        op.CallInPlace(args);
        return (Tensor)args[0].Reference!;
    }
}
