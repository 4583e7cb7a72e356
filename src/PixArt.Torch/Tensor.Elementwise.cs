namespace PixArt.Torch;

// Elementwise operators. Each is one call of the dispatcher; the PyTorch schema stands beside the operator.
public sealed partial class Tensor
{
    private static readonly Op AbsOp = new("aten::abs"); // abs(Tensor self) -> Tensor
    private static readonly Op ExpOp = new("aten::exp"); // exp(Tensor self) -> Tensor
    private static readonly Op LogOp = new("aten::log"); // log(Tensor self) -> Tensor
    private static readonly Op SqrtOp = new("aten::sqrt"); // sqrt(Tensor self) -> Tensor
    private static readonly Op RsqrtOp = new("aten::rsqrt"); // rsqrt(Tensor self) -> Tensor
    private static readonly Op SquareOp = new("aten::square"); // square(Tensor self) -> Tensor
    private static readonly Op SinOp = new("aten::sin"); // sin(Tensor self) -> Tensor
    private static readonly Op CosOp = new("aten::cos"); // cos(Tensor self) -> Tensor
    private static readonly Op TanhOp = new("aten::tanh"); // tanh(Tensor self) -> Tensor
    private static readonly Op SigmoidOp = new("aten::sigmoid"); // sigmoid(Tensor self) -> Tensor
    private static readonly Op NegOp = new("aten::neg"); // neg(Tensor self) -> Tensor
    private static readonly Op ReciprocalOp = new("aten::reciprocal"); // reciprocal(Tensor self) -> Tensor
    private static readonly Op RoundOp = new("aten::round"); // round(Tensor self) -> Tensor
    private static readonly Op FloorOp = new("aten::floor"); // floor(Tensor self) -> Tensor
    private static readonly Op SignOp = new("aten::sign"); // sign(Tensor self) -> Tensor
    private static readonly Op LogicalNotOp = new("aten::logical_not"); // logical_not(Tensor self) -> Tensor
    private static readonly Op IsFiniteOp = new("aten::isfinite"); // isfinite(Tensor self) -> Tensor
    private static readonly Op ErfOp = new("aten::erf"); // erf(Tensor self) -> Tensor
    private static readonly Op MinimumOp = new("aten::minimum"); // minimum(Tensor self, Tensor other) -> Tensor
    private static readonly Op MaximumOp = new("aten::maximum"); // maximum(Tensor self, Tensor other) -> Tensor
    private static readonly Op LogicalAndOp = new("aten::logical_and"); // logical_and(Tensor self, Tensor other) -> Tensor
    private static readonly Op LogicalOrOp = new("aten::logical_or"); // logical_or(Tensor self, Tensor other) -> Tensor
    private static readonly Op MatMulOp = new("aten::matmul"); // matmul(Tensor self, Tensor other) -> Tensor
    private static readonly Op BmmOp = new("aten::bmm"); // bmm(Tensor self, Tensor other) -> Tensor
    private static readonly Op EqOp = new("aten::eq", "Tensor"); // eq.Tensor(Tensor self, Tensor other) -> Tensor
    private static readonly Op EqScalarOp = new("aten::eq", "Scalar"); // eq.Scalar(Tensor self, Scalar other) -> Tensor
    private static readonly Op NeOp = new("aten::ne", "Tensor"); // ne.Tensor(Tensor self, Tensor other) -> Tensor
    private static readonly Op NeScalarOp = new("aten::ne", "Scalar"); // ne.Scalar(Tensor self, Scalar other) -> Tensor
    private static readonly Op LtOp = new("aten::lt", "Tensor"); // lt.Tensor(Tensor self, Tensor other) -> Tensor
    private static readonly Op LtScalarOp = new("aten::lt", "Scalar"); // lt.Scalar(Tensor self, Scalar other) -> Tensor
    private static readonly Op LeOp = new("aten::le", "Tensor"); // le.Tensor(Tensor self, Tensor other) -> Tensor
    private static readonly Op LeScalarOp = new("aten::le", "Scalar"); // le.Scalar(Tensor self, Scalar other) -> Tensor
    private static readonly Op GtOp = new("aten::gt", "Tensor"); // gt.Tensor(Tensor self, Tensor other) -> Tensor
    private static readonly Op GtScalarOp = new("aten::gt", "Scalar"); // gt.Scalar(Tensor self, Scalar other) -> Tensor
    private static readonly Op GeOp = new("aten::ge", "Tensor"); // ge.Tensor(Tensor self, Tensor other) -> Tensor
    private static readonly Op GeScalarOp = new("aten::ge", "Scalar"); // ge.Scalar(Tensor self, Scalar other) -> Tensor
    private static readonly Op AddOp = new("aten::add", "Tensor"); // add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor
    private static readonly Op AddScalarOp = new("aten::add", "Scalar"); // add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor
    private static readonly Op SubOp = new("aten::sub", "Tensor"); // sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor
    private static readonly Op SubScalarOp = new("aten::sub", "Scalar"); // sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor
    private static readonly Op MulOp = new("aten::mul", "Tensor"); // mul.Tensor(Tensor self, Tensor other) -> Tensor
    private static readonly Op MulScalarOp = new("aten::mul", "Scalar"); // mul.Scalar(Tensor self, Scalar other) -> Tensor
    private static readonly Op DivOp = new("aten::div", "Tensor"); // div.Tensor(Tensor self, Tensor other) -> Tensor
    private static readonly Op DivScalarOp = new("aten::div", "Scalar"); // div.Scalar(Tensor self, Scalar other) -> Tensor
    private static readonly Op RsubOp = new("aten::rsub", "Scalar"); // rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor
    private static readonly Op PowOp = new("aten::pow", "Tensor_Scalar"); // pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor
    private static readonly Op ClampOp = new("aten::clamp"); // clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor
    private static readonly Op MaskedFillOp = new("aten::masked_fill", "Scalar"); // masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor
    private static readonly Op AddcmulOp = new("aten::addcmul"); // addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor
    private static readonly Op BucketizeOp = new("aten::bucketize", "Tensor"); // bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False)
    private static readonly Op BitwiseAndOp = new("aten::bitwise_and", "Scalar"); // bitwise_and.Scalar(Tensor self, Scalar other)
    private static readonly Op LerpOp = new("aten::lerp", "Scalar"); // lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor

#pragma warning disable CS1591 // operators are what they look like
    public static Tensor operator +(Tensor left, Tensor right) => AddOp.Call(left, right);

    public static Tensor operator +(Tensor left, double right) => AddScalarOp.Call(left, right);

    public static Tensor operator +(Tensor left, long right) => AddScalarOp.Call(left, right);

    public static Tensor operator -(Tensor left, Tensor right) => SubOp.Call(left, right);

    public static Tensor operator -(Tensor left, double right) => SubScalarOp.Call(left, right);

    public static Tensor operator -(Tensor left, long right) => SubScalarOp.Call(left, right);

    public static Tensor operator *(Tensor left, Tensor right) => MulOp.Call(left, right);

    public static Tensor operator *(Tensor left, double right) => MulScalarOp.Call(left, right);

    public static Tensor operator *(Tensor left, long right) => MulScalarOp.Call(left, right);

    public static Tensor operator /(Tensor left, Tensor right) => DivOp.Call(left, right);

    public static Tensor operator /(Tensor left, double right) => DivScalarOp.Call(left, right);

    public static Tensor operator /(Tensor left, long right) => DivScalarOp.Call(left, right);

    public static Tensor operator +(double left, Tensor right) => AddScalarOp.Call(right, left);

    public static Tensor operator -(double left, Tensor right) => RsubOp.Call(right, left);

    public static Tensor operator *(double left, Tensor right) => MulScalarOp.Call(right, left);

    public static Tensor operator +(long left, Tensor right) => AddScalarOp.Call(right, left);

    public static Tensor operator -(long left, Tensor right) => RsubOp.Call(right, left);

    public static Tensor operator *(long left, Tensor right) => MulScalarOp.Call(right, left);

    public static Tensor operator /(double left, Tensor right)
    {
        using Tensor inverse = TensorScope.Release(ReciprocalOp.Call(right));
        return MulScalarOp.Call(inverse, left);
    }

    public static Tensor operator -(Tensor tensor) => NegOp.Call(tensor);
#pragma warning restore CS1591

    /// <summary>Absolute value, elementwise.</summary>
    public Tensor Abs() => AbsOp.Call(this);

    /// <summary>e^x, elementwise.</summary>
    public Tensor Exp() => ExpOp.Call(this);

    /// <summary>Natural logarithm, elementwise.</summary>
    public Tensor Log() => LogOp.Call(this);

    /// <summary>Square root, elementwise.</summary>
    public Tensor Sqrt() => SqrtOp.Call(this);

    /// <summary>1/sqrt(x), elementwise.</summary>
    public Tensor Rsqrt() => RsqrtOp.Call(this);

    /// <summary>x², elementwise.</summary>
    public Tensor Square() => SquareOp.Call(this);

    /// <summary>Sine, elementwise.</summary>
    public Tensor Sin() => SinOp.Call(this);

    /// <summary>Cosine, elementwise.</summary>
    public Tensor Cos() => CosOp.Call(this);

    /// <summary>Hyperbolic tangent, elementwise.</summary>
    public Tensor Tanh() => TanhOp.Call(this);

    /// <summary>Logistic function, elementwise.</summary>
    public Tensor Sigmoid() => SigmoidOp.Call(this);

    /// <summary>-x, elementwise.</summary>
    public Tensor Neg() => NegOp.Call(this);

    /// <summary>1/x, elementwise.</summary>
    public Tensor Reciprocal() => ReciprocalOp.Call(this);

    /// <summary>Nearest integer, halves to even, elementwise.</summary>
    public Tensor Round() => RoundOp.Call(this);

    /// <summary>Largest integer not above, elementwise.</summary>
    public Tensor Floor() => FloorOp.Call(this);

    /// <summary>-1, 0 or 1, elementwise.</summary>
    public Tensor Sign() => SignOp.Call(this);

    /// <summary>Logical not, elementwise.</summary>
    public Tensor LogicalNot() => LogicalNotOp.Call(this);

    /// <summary>Whether each element is finite, elementwise.</summary>
    public Tensor IsFinite() => IsFiniteOp.Call(this);

    /// <summary>Error function, elementwise.</summary>
    public Tensor Erf() => ErfOp.Call(this);

    /// <summary>Smaller of two.</summary>
    public Tensor Minimum(Tensor other) => MinimumOp.Call(this, other);

    /// <summary>Larger of two.</summary>
    public Tensor Maximum(Tensor other) => MaximumOp.Call(this, other);

    /// <summary>Logical and.</summary>
    public Tensor LogicalAnd(Tensor other) => LogicalAndOp.Call(this, other);

    /// <summary>Logical or.</summary>
    public Tensor LogicalOr(Tensor other) => LogicalOrOp.Call(this, other);

    /// <summary>Matrix product with broadcasting over batch dimensions.</summary>
    public Tensor MatMul(Tensor other) => MatMulOp.Call(this, other);

    /// <summary>Product of two batches of matrices.</summary>
    public Tensor Bmm(Tensor other) => BmmOp.Call(this, other);

    /// <summary>Whether each element is equal to the other's.</summary>
    public Tensor Eq(Tensor other) => EqOp.Call(this, other);

    /// <summary>Whether each element is equal to a number.</summary>
    public Tensor Eq(double other) => EqScalarOp.Call(this, other);

    /// <summary>Whether each element is different from the other's.</summary>
    public Tensor Ne(Tensor other) => NeOp.Call(this, other);

    /// <summary>Whether each element is different from a number.</summary>
    public Tensor Ne(double other) => NeScalarOp.Call(this, other);

    /// <summary>Whether each element is less than the other's.</summary>
    public Tensor Lt(Tensor other) => LtOp.Call(this, other);

    /// <summary>Whether each element is less than a number.</summary>
    public Tensor Lt(double other) => LtScalarOp.Call(this, other);

    /// <summary>Whether each element is at most the other's.</summary>
    public Tensor Le(Tensor other) => LeOp.Call(this, other);

    /// <summary>Whether each element is at most a number.</summary>
    public Tensor Le(double other) => LeScalarOp.Call(this, other);

    /// <summary>Whether each element is greater than the other's.</summary>
    public Tensor Gt(Tensor other) => GtOp.Call(this, other);

    /// <summary>Whether each element is greater than a number.</summary>
    public Tensor Gt(double other) => GtScalarOp.Call(this, other);

    /// <summary>Whether each element is at least the other's.</summary>
    public Tensor Ge(Tensor other) => GeOp.Call(this, other);

    /// <summary>Whether each element is at least a number.</summary>
    public Tensor Ge(double other) => GeScalarOp.Call(this, other);

    /// <summary>x to a power.</summary>
    public Tensor Pow(double exponent) => PowOp.Call(this, exponent);

    /// <summary>Limits the elements to [min, max]; null leaves a side open.</summary>
    public Tensor Clamp(double? min = null, double? max = null) => ClampOp.Call(this, min, max);

    /// <summary>A copy with <paramref name="value"/> where the mask is true.</summary>
    public Tensor MaskedFill(Tensor mask, double value) => MaskedFillOp.Call(this, mask, value);

    /// <summary>How many <paramref name="boundaries"/> are less than each element, as 32-bit integers.</summary>
    /// <param name="boundaries">Ascending values [n].</param>
    public Tensor Bucketize(Tensor boundaries) => BucketizeOp.Call(this, boundaries, true);

    /// <summary>The bits that an element of integers and a mask have in common.</summary>
    public Tensor BitwiseAnd(long mask) => BitwiseAndOp.Call(this, mask);

    /// <summary>this + value · a · b.</summary>
    public Tensor Addcmul(Tensor a, Tensor b, double value = 1) => AddcmulOp.Call(this, a, b, value);

    /// <summary>this + weight · (end - this).</summary>
    public Tensor Lerp(Tensor end, double weight) => LerpOp.Call(this, end, weight);
}
