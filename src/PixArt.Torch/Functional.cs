namespace PixArt.Torch;

/// <summary>Stateless neural-network operators, named and shaped as in <c>torch.nn.functional</c>.</summary>
public static partial class Functional
{
    private static readonly Op LinearOp = new("pixart::linear"); // linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor: ours or libtorch's own, in native/
    private static readonly Op LayerNormOp = new("aten::layer_norm"); // layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enable=True)
    private static readonly Op GroupNormOp = new("aten::group_norm"); // group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enabled=True)
    private static readonly Op GeluOp = new("aten::gelu"); // gelu(Tensor self, *, str approximate='none') -> Tensor
    private static readonly Op GeluInPlaceOp = new("aten::gelu_"); // gelu_(Tensor(a!) self, *, str approximate='none') -> Tensor(a!)
    private static readonly Op SiluOp = new("aten::silu"); // silu(Tensor self) -> Tensor
    private static readonly Op SiluInPlaceOp = new("aten::silu_"); // silu_(Tensor(a!) self) -> Tensor(a!)
    private static readonly Op ReluOp = new("aten::relu"); // relu(Tensor self) -> Tensor
    private static readonly Op SoftmaxOp = new("aten::softmax", "int"); // softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor
    private static readonly Op LogSoftmaxOp = new("aten::log_softmax", "int"); // log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor
    private static readonly Op Conv2dOp = new("aten::conv2d"); // conv2d(Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, int[2] padding=0, int[2] dilation=1, int groups=1)
    private static readonly Op EmbeddingOp = new("aten::embedding"); // embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False)
    private static readonly Op PadOp = new("aten::constant_pad_nd"); // constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor
    private static readonly Op NearestOp = new("aten::upsample_nearest2d"); // upsample_nearest2d(Tensor self, SymInt[2] output_size, float? scales_h=None, float? scales_w=None)
    private static readonly Op BilinearOp = new("aten::upsample_bilinear2d"); // upsample_bilinear2d(Tensor self, SymInt[2] output_size, bool align_corners, float? scales_h=None, float? scales_w=None)
    private static readonly Op AvgPoolOp = new("aten::avg_pool2d"); // avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, …)
    private static readonly Op MaxPoolOp = new("aten::max_pool2d"); // max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, …)
    private static readonly Op DropoutOp = new("aten::dropout"); // dropout(Tensor input, float p, bool train) -> Tensor
    private static readonly Op CrossEntropyOp = new("aten::cross_entropy_loss"); // cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, …)
    private static readonly Op MseLossOp = new("aten::mse_loss"); // mse_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor

    /// <summary>x·Wᵀ + b. <paramref name="input"/> [.., in], <paramref name="weight"/> [out, in].</summary>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null)
    {
        if (!Autocast.Applies(input)) return LinearOp.Call(input, weight, bias);
        using var scope = TensorScope.Begin();
        ScalarType small = Autocast.Type!.Value;
        return scope.Keep(Autocast.Result(LinearOp.Call(input.To(small), weight.To(small), bias?.To(small))));
    }

    /// <summary>Normalises the last dimensions to mean 0 and variance 1, then scales and shifts where given.</summary>
    public static Tensor LayerNorm(Tensor input, long[] normalizedShape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
        LayerNormOp.Call(Autocast.Wide(input), normalizedShape, Autocast.Wide(weight), Autocast.Wide(bias), eps);

    /// <summary>Normalises groups of channels of [B, C, ..].</summary>
    public static Tensor GroupNorm(Tensor input, long groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
    {
        // On the CPU, libtorch 1.13 adds up bfloat16 in bfloat16 where channels are innermost: over a large picture most of it is lost.
        if (input.Device.IsCuda || input.DType is not (ScalarType.BFloat16 or ScalarType.Float16))
            return GroupNormOp.Call(Autocast.Wide(input), groups, Autocast.Wide(weight), Autocast.Wide(bias), eps);
        using var scope = TensorScope.Begin();
        Tensor normed = GroupNormOp.Call(
            input.To(ScalarType.Float32), groups, weight?.To(ScalarType.Float32), bias?.To(ScalarType.Float32), eps);
        return scope.Keep(Autocast.Type is null ? normed.To(input.DType) : normed);
    }

    /// <summary>Gaussian error linear unit, exact or in its tanh form.</summary>
    public static Tensor Gelu(Tensor input, bool tanh = false) => GeluOp.Call(input, tanh ? "tanh" : "none");

    /// <summary><see cref="Gelu"/>, in place.</summary>
    public static Tensor GeluInPlace(Tensor input, bool tanh = false)
    {
        GeluInPlaceOp.CallInPlace(input, tanh ? "tanh" : "none");
        return input;
    }

    /// <summary>x · sigmoid(x).</summary>
    public static Tensor Silu(Tensor input) => SiluOp.Call(input);

    /// <summary>x · sigmoid(x), in place.</summary>
    public static Tensor SiluInPlace(Tensor input)
    {
        SiluInPlaceOp.CallInPlace(input);
        return input;
    }

    /// <summary>max(x, 0).</summary>
    public static Tensor Relu(Tensor input) => ReluOp.Call(input);

    /// <summary>Softmax along a dimension.</summary>
    public static Tensor Softmax(Tensor input, int dim) => SoftmaxOp.Call(Autocast.Wide(input), dim);

    /// <summary>Logarithm of the softmax along a dimension.</summary>
    public static Tensor LogSoftmax(Tensor input, int dim) => LogSoftmaxOp.Call(input, dim);

    /// <summary>2-D convolution of [B, C, H, W] with weight [out, C/groups, kh, kw].</summary>
    public static Tensor Conv2d(Tensor input, Tensor weight, Tensor? bias = null, long stride = 1, long padding = 0, long dilation = 1, long groups = 1)
    {
        if (!Autocast.Applies(input)) return Conv2dOp.Call(input, weight, bias, Pair(stride), Pair(padding), Pair(dilation), groups);
        using var scope = TensorScope.Begin();
        ScalarType small = Autocast.Type!.Value;
        // Channels innermost: the layout that convolutions in these types are made for. The result keeps it.
        Tensor x = input.To(small).Contiguous(MemoryFormat.ChannelsLast), w = weight.To(small).Contiguous(MemoryFormat.ChannelsLast);
        Tensor y = Conv2dOp.Call(x, w, bias?.To(small), Pair(stride), Pair(padding), Pair(dilation), groups);
        return scope.Keep(Autocast.Result(y));
    }

    /// <summary>Rows of a table by number.</summary>
    public static Tensor Embedding(Tensor weight, Tensor indices) => EmbeddingOp.Call(weight, indices);

    /// <summary>Pads with a constant: (left, right) of the last dimension, then of the one before, ….</summary>
    public static Tensor Pad(Tensor input, long[] pad, double value = 0) => PadOp.Call(input, pad, value);

    /// <summary>Resizes [B, C, H, W] to (height, width) by the nearest element.</summary>
    public static Tensor InterpolateNearest(Tensor input, long[] size) => NearestOp.Call(input, size);

    /// <summary>Resizes [B, C, H, W] to (height, width) linearly, without antialiasing.</summary>
    public static Tensor InterpolateBilinear(Tensor input, long[] size, bool alignCorners = false) => BilinearOp.Call(input, size, alignCorners);

    /// <summary>Mean over windows.</summary>
    public static Tensor AvgPool2d(Tensor input, long kernel, long? stride = null, long padding = 0) =>
        AvgPoolOp.Call(input, Pair(kernel), Pair(stride ?? kernel), Pair(padding));

    /// <summary>Maximum over windows; what does not fill a window is left out.</summary>
    public static Tensor MaxPool2d(Tensor input, long kernel, long? stride = null) => MaxPoolOp.Call(input, Pair(kernel), Pair(stride ?? kernel));

    /// <summary>Zeroes elements with probability p and scales the rest by 1/(1-p).</summary>
    public static Tensor Dropout(Tensor input, double probability) => DropoutOp.Call(input, probability, true);

    /// <summary>Mean cross entropy of logits [B, classes] against class numbers [B].</summary>
    public static Tensor CrossEntropy(Tensor logits, Tensor targets) => CrossEntropyOp.Call(logits, targets);

    /// <summary>Mean squared difference.</summary>
    public static Tensor MseLoss(Tensor input, Tensor target) => MseLossOp.Call(input, target);

    private static long[] Pair(long value) => [value, value];
}
