using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>x + Attention(Norm(x)); x + FeedForward(Norm(x)). No biases, no scaling of the scores.</summary>
internal sealed class T5Block
{
    readonly Linear q, k, v, o;
    readonly Linear wi, wo;
    readonly Linear? gate;
    readonly Tensor attentionNorm, feedForwardNorm; // [D]
    readonly int heads;
    readonly double eps;

    internal T5Block(ParameterScope p, T5EncoderConfig config)
    {
        (heads, eps) = (config.NumHeads, config.LayerNormEpsilon);
        long model = config.DModel, inner = (long)config.NumHeads * config.DKv, hidden = config.DFf;
        var (attention, dense) = (p.Sub("0").Sub("SelfAttention"), p.Sub("1").Sub("DenseReluDense"));
        static Initializer Std(double variance) => Init.Normal(Math.Pow(variance, -0.5));
        attentionNorm = p.Sub("0").Get("layer_norm.weight", [model], Init.Ones);
        q = new Linear(attention.Sub("q"), model, inner, bias: false, Std((double)model * config.DKv));
        k = new Linear(attention.Sub("k"), model, inner, bias: false, Std(model));
        v = new Linear(attention.Sub("v"), model, inner, bias: false, Std(model));
        o = new Linear(attention.Sub("o"), inner, model, bias: false, Std(inner));
        feedForwardNorm = p.Sub("1").Get("layer_norm.weight", [model], Init.Ones);
        gate = config.IsGated ? new Linear(dense.Sub("wi_0"), model, hidden, bias: false, Std(model)) : null;
        wi = new Linear(dense.Sub(config.IsGated ? "wi_1" : "wi"), model, hidden, bias: false, Std(model));
        wo = new Linear(dense.Sub("wo"), hidden, model, bias: false, Std(hidden));
    }

    // x [B, L, D], bias [1 or B, heads, L, L]
    internal Tensor Forward(Tensor x, Tensor bias)
    {
        using var scope = TensorScope.Begin();
        x = x + Clamp(Attend(Norm(x, attentionNorm, eps), bias));
        return scope.Keep(x + FeedForward(Norm(x, feedForwardNorm, eps)));
    }

    Tensor Attend(Tensor h, Tensor bias)
    {
        using var scope = TensorScope.Begin();
        var attended = Functional.ScaledDotProductAttention(
            Heads.Split(q.Forward(h), heads), Heads.Split(k.Forward(h), heads), Heads.Split(v.Forward(h), heads), bias, scale: 1);
        return scope.Keep(o.Forward(Heads.Join(attended)));
    }

    Tensor FeedForward(Tensor h)
    {
        using var scope = TensorScope.Begin();
        var hidden = gate is null ? Functional.Relu(wi.Forward(h)) : Functional.Gelu(gate.Forward(h), tanh: true) * wi.Forward(h);
        // The down projection overflows float16: common loaders keep it in float32, so it is computed there.
        return scope.Keep(hidden.DType == ScalarType.Float16
            ? Functional.Linear(hidden.To(ScalarType.Float32), wo.Dense(ScalarType.Float32), null)
            : wo.Forward(hidden));
    }

    /// <summary>w * x / rms(x): the mean square in float32, the product in the weights' type.</summary>
    internal static Tensor Norm(Tensor x, Tensor weight, double eps)
    {
        using var scope = TensorScope.Begin();
        var wide = x.To(ScalarType.Float32);
        var normed = x * (wide.Square().Mean([-1], keepDim: true) + eps).Rsqrt();
        return scope.Keep(weight * normed.To(weight.DType));
    }

    static Tensor Clamp(Tensor branch) => branch.DType == ScalarType.Float16 ? branch.Clamp(-65504, 65504) : branch;
}
