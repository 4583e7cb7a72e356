using System.Numerics;
using System.Runtime.InteropServices;

namespace PixArt.Training.Optimization;

/// <summary>The arithmetic of one AdamW step over equally long spans.</summary>
[StructLayout(LayoutKind.Auto)]
readonly struct AdamWStep(AdamWOptions options, double rate, double gradientScale, long step)
{
    readonly float _scale = (float)gradientScale;
    readonly float _decay = (float)(1 - (rate * options.WeightDecay));
    readonly float _keep1 = (float)options.Beta1;
    readonly float _take1 = (float)(1 - options.Beta1);
    readonly float _keep2 = (float)options.Beta2;
    readonly float _take2 = (float)(1 - options.Beta2);
    readonly float _correction2 = (float)Math.Sqrt(1 - Math.Pow(options.Beta2, step));
    readonly float _epsilon = (float)options.Epsilon;
    readonly float _size = (float)(rate / (1 - Math.Pow(options.Beta1, step)));

    public void Apply(Span<float> value, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second)
    {
        var values = MemoryMarshal.Cast<float, Vector<float>>(value);
        var gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var firsts = MemoryMarshal.Cast<float, Vector<float>>(first);
        var seconds = MemoryMarshal.Cast<float, Vector<float>>(second);
        for (var i = 0; i < values.Length; i++)
        {
            var g = gradients[i] * _scale;
            var m = (firsts[i] * _keep1) + (g * _take1);
            var v = (seconds[i] * _keep2) + (g * g * _take2);
            firsts[i] = m;
            seconds[i] = v;
            var denominator = (Vector.SquareRoot(v) / new Vector<float>(_correction2)) + new Vector<float>(_epsilon);
            values[i] = (values[i] * _decay) - (m / denominator * _size);
        }

        for (var i = values.Length * Vector<float>.Count; i < value.Length; i++)
        {
            var g = gradient[i] * _scale;
            first[i] = (first[i] * _keep1) + (g * _take1);
            second[i] = (second[i] * _keep2) + (g * g * _take2);
            var denominator = (MathF.Sqrt(second[i]) / _correction2) + _epsilon;
            value[i] = (value[i] * _decay) - (first[i] / denominator * _size);
        }
    }
}
