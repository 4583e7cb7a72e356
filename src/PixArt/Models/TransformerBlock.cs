using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>x + gate * SelfAttention(modulated LN(x)); x + CrossAttention(x, caption); x + gate * MLP(modulated LN(x)).</summary>
internal sealed class TransformerBlock
{
    readonly SelfAttention selfAttention;
    readonly FeedForward feedForward;
    readonly Tensor scaleShiftTable; // [6, D]: shift, scale, gate of attention, then of the MLP
    readonly double eps;

    internal TransformerBlock(ParameterScope p, PixArtTransformerConfig config, int layer)
    {
        long width = config.HiddenSize;
        eps = config.NormEps;
        scaleShiftTable = p.Get("scale_shift_table", [6, width], Init.Normal(1 / Math.Sqrt(width)));
        selfAttention = new SelfAttention(p.Sub("attn1"), config, layer);
        CrossAttention = new CrossAttention(p.Sub("attn2"), config);
        feedForward = new FeedForward(p.Sub("ff"), width);
    }

    internal CrossAttention CrossAttention { get; }

    internal bool TakesFactors => selfAttention.TakesFactors;

    internal void FuseProjections(ParameterStore parameters) => selfAttention.FuseProjections(parameters);

    // x [B / copies, N, D], modulation [B or 1, 6, D]; what repeats is repeated before the caption is read. Where the tokens are given as factors
    // too, [1, 6, D] modulates them and none are perturbed.
    internal Tensor Forward(Tensor x, TokenFactors? factors, Tensor modulation, BlockCaption caption, Tensor? captionBias, Tensor? selfBias,
        TokenGrid grid, bool inPlace, bool perturbed, long copies = 1)
    {
        using var scope = TensorScope.Begin();
        var m = (scaleShiftTable + modulation).Chunk(6, 1); // each [B or 1, 1, D]
        x = Add(x, AttendToItself(), m[2], inPlace);
        if (copies > 1) x = x.Repeat(copies, 1, 1);
        x = AddCaption(x, caption, captionBias, inPlace);
        x = Add(x, feedForward.Forward(Modulation.Apply(x, m[3], m[4], eps, inPlace), inPlace), m[5], inPlace);
        return inPlace && copies == 1 ? x : scope.Keep(x);

        Tensor AttendToItself()
        {
            if (factors is { } sums) return selfAttention.Forward(sums.Modulate(x, m[0], m[1], eps), grid, selfBias);
            var modulated = Modulation.Apply(x, m[0], m[1], eps, inPlace);
            return perturbed ? selfAttention.Identity(modulated) : selfAttention.Forward(modulated, grid, selfBias);
        }
    }

    // Captions that need attention stand last.
    Tensor AddCaption(Tensor x, BlockCaption caption, Tensor? bias, bool inPlace)
    {
        Tensor? seen = null;
        if (caption.First is { } first)
        {
            var attended = first.Size(0);
            seen = CrossAttention.Forward(x.Narrow(0, x.Size(0) - attended, attended), first, caption.Second, bias);
            if (caption.Constant is null) return Add(x, seen, null, inPlace);
        }
        var sum = inPlace ? x : x.Clone();
        sum.Narrow(0, 0, caption.Constant!.Size(0)).AddInPlace(caption.Constant);
        if (seen is null) return sum;
        sum.Narrow(0, x.Size(0) - seen.Size(0), seen.Size(0)).AddInPlace(seen);
        seen.Dispose();
        return sum;
    }

    // x + gate * branch; the branch's buffer goes as soon as it is added.
    static Tensor Add(Tensor x, Tensor branch, Tensor? gate, bool inPlace)
    {
        if (!inPlace) return gate is null ? x + branch : x + gate * branch;
        if (gate is null) x.AddInPlace(branch);
        else x.AddcmulInPlace(gate, branch, 1);
        branch.Dispose();
        return x;
    }
}
