namespace PixArt.Torch;

/// <summary>Operators over lists of tensors, named as PyTorch's <c>torch._foreach_*</c>: on CUDA a few kernels serve the whole list
/// where one for each tensor would be launched.</summary>
public static class Foreach
{
    private static readonly Op NormOp = new("aten::_foreach_norm", "Scalar"); // _foreach_norm.Scalar(Tensor[] self, Scalar ord=2) -> Tensor[]
    private static readonly Op MulInPlaceOp = new("aten::_foreach_mul_", "Scalar"); // _foreach_mul_.Scalar(Tensor(a!)[] self, Scalar scalar) -> ()
    private static readonly Op AddInPlaceOp = new("aten::_foreach_add_", "List"); // _foreach_add_.List(Tensor(a!)[] self, Tensor[] other, *, Scalar alpha=1) -> ()

    // _fused_adamw_(Tensor(a!)[] self, Tensor(b!)[] grads, Tensor(c!)[] exp_avgs, Tensor(d!)[] exp_avg_sqs, Tensor(e!)[] max_exp_avg_sqs, Tensor[] state_steps, *, float lr,
    //   float beta1, float beta2, float weight_decay, float eps, bool amsgrad, bool maximize, Tensor? grad_scale=None, Tensor? found_inf=None) -> ()
    private static readonly Op FusedAdamWOp = new("aten::_fused_adamw_");

    /// <summary>Whether this libtorch can make a whole AdamW step in one call (since 2.0).</summary>
    public static bool HasFusedAdamW => FusedAdamWOp.Exists;

    /// <summary>The Euclidean norm of each tensor, as scalars on its device.</summary>
    public static Tensor[] Norms(Tensor[] tensors) => tensors.Length == 0 ? [] : NormOp.CallMany(tensors);

    /// <summary>each *= value.</summary>
    public static void MulInPlace(Tensor[] tensors, double value)
    {
        if (tensors.Length > 0) MulInPlaceOp.CallInPlace(tensors, value);
    }

    /// <summary>each += alpha · other, pair by pair.</summary>
    public static void AddInPlace(Tensor[] tensors, Tensor[] others, double alpha = 1)
    {
        if (tensors.Length > 0) AddInPlaceOp.CallInPlace(tensors, others, alpha);
    }

    /// <summary>One step of AdamW (Loshchilov and Hutter 2019) for all parameters of one CUDA device.</summary>
    /// <param name="parameters">What is trained.</param>
    /// <param name="gradients">Their gradients; changed where <paramref name="gradientScale"/> is not 1.</param>
    /// <param name="first">First moments.</param>
    /// <param name="second">Second moments.</param>
    /// <param name="step">Number of this step, from 1.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="betas">How much of the moments is kept.</param>
    /// <param name="weightDecay">Decoupled weight decay.</param>
    /// <param name="epsilon">Added to the denominator.</param>
    /// <param name="gradientScale">Multiplies the gradients first.</param>
    public static void AdamW(
        Tensor[] parameters, Tensor[] gradients, Tensor[] first, Tensor[] second, long step, double rate, (double First, double Second) betas,
        double weightDecay, double epsilon, double gradientScale = 1)
    {
        if (parameters.Length == 0) return;
        using var scope = TensorScope.Begin();
        Device device = parameters[0].Device;
        Tensor count = Tensor.Full([], step, device: device);

        // The operator divides by its scale.
        Tensor? scale = gradientScale == 1 ? null : Tensor.Full([], 1 / gradientScale, device: device);
        FusedAdamWOp.CallInPlace(
            parameters, gradients, first, second, Array.Empty<Tensor>(), Array.ConvertAll(parameters, _ => count),
            rate, betas.First, betas.Second, weightDecay, epsilon, false, false, scale, Arg.None);
    }
}
