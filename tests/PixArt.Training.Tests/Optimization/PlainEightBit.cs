using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Optimization;

/// <summary>Adam with moments in 8 bits (Dettmers et al. 2022) over arrays of doubles: every moment is replaced by the nearest of the
/// table's values times the largest magnitude of its block of 256.</summary>
static class PlainEightBit
{
    public static PlainOptimizers.Step Create(OptimizerRecipe o)
    {
        double[][]? m = null, v = null;
        double[] signed = Table(true), unsigned = Table(false);
        var t = 0;
        return (x, g, rate) =>
        {
            (m, v, t) = (m ?? PlainOptimizers.Zeros(x), v ?? PlainOptimizers.Zeros(x), t + 1);
            PlainOptimizers.Each(x, (p, i) =>
            {
                m[p][i] = (o.Beta1 * m[p][i]) + ((1 - o.Beta1) * g[p][i]);
                v[p][i] = (o.Beta2 * v[p][i]) + ((1 - o.Beta2) * g[p][i] * g[p][i]);
                var direction = m[p][i] / (1 - Math.Pow(o.Beta1, t)) / (Math.Sqrt(v[p][i] / (1 - Math.Pow(o.Beta2, t))) + o.Epsilon);
                x[p].Values[i] -= rate * (direction + (o.WeightDecay * x[p].Values[i]));
            });
            for (var p = 0; p < x.Length; p++)
            {
                if (x[p].Values.Length < 4096) continue;
                Store(m[p], signed);
                Store(v[p], unsigned);
            }
        };
    }

    /// <summary>bitsandbytes' dynamic map: for each of seven decimal exponents a doubling number of fractions.</summary>
    public static double[] Table(bool signed)
    {
        var values = new List<double> { 0, 1 };
        for (var exponent = 0; exponent < 7; exponent++)
        {
            var borders = Enumerable.Range(0, (signed ? (int)Math.Pow(2, exponent) : (int)Math.Pow(2, exponent + 1)) + 1).ToArray();
            var ends = Array.ConvertAll(borders, i => 0.1 + (0.9 * i / (borders.Length - 1)));
            foreach (var (low, high) in ends.Zip(ends.Skip(1)))
            {
                var value = Math.Pow(10, exponent - 6) * (low + high) / 2;
                values.AddRange(signed ? [value, -value] : [value]);
            }
        }

        return [.. values.Order()];
    }

    static void Store(double[] values, double[] table)
    {
        for (var start = 0; start < values.Length; start += 256)
        {
            var block = values.AsSpan(start, Math.Min(256, values.Length - start));
            var largest = 0.0;
            foreach (var value in block) largest = Math.Max(largest, Math.Abs(value));
            if (largest == 0) continue;
            for (var i = 0; i < block.Length; i++)
            {
                var (scaled, nearest) = (block[i] / largest, double.MaxValue);
                foreach (var value in table)
                    // A negative number is not stored as zero.
                    if (!(scaled < 0 && value >= 0) && Math.Abs(value - scaled) < Math.Abs(nearest - scaled)) nearest = value;
                block[i] = nearest * largest;
            }
        }
    }
}
