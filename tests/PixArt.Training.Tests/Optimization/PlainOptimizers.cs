using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Optimization;

/// <summary>The published formulas of optimizers, written again over arrays of doubles, element by element.</summary>
static class PlainOptimizers
{
    /// <summary>Steps parameters in place: (parameters, gradients, learning rate).</summary>
    public delegate void Step(PlainTensor[] parameters, double[][] gradients, double rate);

    public static Step Create(OptimizerRecipe recipe) => recipe.Kind switch
    {
        OptimizerKind.AdamW => AdamW(recipe),
        OptimizerKind.Adam8Bit => PlainEightBit.Create(recipe),
        OptimizerKind.Lion => Lion(recipe),
        OptimizerKind.Came => PlainFactored.Came(recipe),
        OptimizerKind.Adafactor => PlainFactored.Adafactor(recipe),
        OptimizerKind.Prodigy => Prodigy(recipe),
        OptimizerKind.ScheduleFree => ScheduleFree(recipe),
        _ => throw new NotSupportedException($"{recipe.Kind}"),
    };

    /// <summary>Calls a step of one element with its index.</summary>
    public static void Each(PlainTensor[] parameters, Action<int, int> element)
    {
        for (var p = 0; p < parameters.Length; p++)
            for (var i = 0; i < parameters[p].Values.Length; i++) element(p, i);
    }

    public static double[][] Zeros(PlainTensor[] parameters) => Array.ConvertAll(parameters, p => new double[p.Values.Length]);

    static Step AdamW(OptimizerRecipe o)
    {
        double[][]? m = null, v = null;
        var t = 0;
        return (x, g, rate) =>
        {
            (m, v, t) = (m ?? Zeros(x), v ?? Zeros(x), t + 1);
            Each(x, (p, i) =>
            {
                m[p][i] = (o.Beta1 * m[p][i]) + ((1 - o.Beta1) * g[p][i]);
                v[p][i] = (o.Beta2 * v[p][i]) + ((1 - o.Beta2) * g[p][i] * g[p][i]);
                var first = m[p][i] / (1 - Math.Pow(o.Beta1, t));
                var second = v[p][i] / (1 - Math.Pow(o.Beta2, t));
                x[p].Values[i] -= rate * ((first / (Math.Sqrt(second) + o.Epsilon)) + (o.WeightDecay * x[p].Values[i]));
            });
        };
    }

    static Step Lion(OptimizerRecipe o)
    {
        double[][]? m = null;
        var lion = o.Lion!;
        return (x, g, rate) =>
        {
            m ??= Zeros(x);
            Each(x, (p, i) =>
            {
                var direction = Math.Sign((lion.Beta1 * m[p][i]) + ((1 - lion.Beta1) * g[p][i]));
                x[p].Values[i] -= rate * (direction + (o.WeightDecay * x[p].Values[i]));
                m[p][i] = (lion.Beta2 * m[p][i]) + ((1 - lion.Beta2) * g[p][i]);
            });
        };
    }

    static Step Prodigy(OptimizerRecipe o)
    {
        double[][]? m = null, v = null, s = null, start = null;
        var settings = o.Prodigy!;
        double d0 = settings.FirstRate, d = d0, largest = d0, r = 0;
        var beta3 = settings.Beta3 ?? Math.Sqrt(o.Beta2);
        var t = 0;
        return (x, g, gamma) =>
        {
            (m, v, s, start, t) = (m ?? Zeros(x), v ?? Zeros(x), s ?? Zeros(x), start ?? Array.ConvertAll(x, p => (double[])p.Values.Clone()), t + 1);
            var rate = d * gamma * (settings.BiasCorrection ? Math.Sqrt(1 - Math.Pow(o.Beta2, t)) / (1 - Math.Pow(o.Beta1, t)) : 1);
            double inner = 0, norm = 0;
            Each(x, (p, i) =>
            {
                inner += g[p][i] * (start[p][i] - x[p].Values[i]);
                m[p][i] = (o.Beta1 * m[p][i]) + ((1 - o.Beta1) * d * g[p][i]);
                v[p][i] = (o.Beta2 * v[p][i]) + ((1 - o.Beta2) * d * d * g[p][i] * g[p][i]);
                s[p][i] = (beta3 * s[p][i]) + (d / d0 * (settings.SafeguardWarmup ? d : rate) * g[p][i]);
                norm += Math.Abs(s[p][i]);
            });
            r = (beta3 * r) + (d / d0 * rate * inner);
            var found = settings.Coefficient * r / norm;
            if (d == d0) d = Math.Max(d, found);
            largest = Math.Max(largest, found);
            d = Math.Min(largest, d * (settings.GrowthRate ?? double.PositiveInfinity));
            Each(x, (p, i) => x[p].Values[i] -= rate * ((m[p][i] / (Math.Sqrt(v[p][i]) + (d * o.Epsilon))) + (o.WeightDecay * x[p].Values[i])));
        };
    }

    // The paper's three sequences: gradients at y, iterates z, their average x.
    static Step ScheduleFree(OptimizerRecipe o)
    {
        double[][]? z = null, average = null, v = null;
        var settings = o.ScheduleFree!;
        double sum = 0, largest = 0;
        var t = 0;
        return (y, g, rate) =>
        {
            z ??= Array.ConvertAll(y, p => (double[])p.Values.Clone());
            average ??= Array.ConvertAll(y, p => (double[])p.Values.Clone());
            (v, t, largest) = (v ?? Zeros(y), t + 1, Math.Max(largest, rate));
            var weight = Math.Pow(t, settings.StepPower) * Math.Pow(largest, settings.RatePower);
            sum += weight;
            Each(y, (p, i) =>
            {
                v[p][i] = (o.Beta2 * v[p][i]) + ((1 - o.Beta2) * g[p][i] * g[p][i]);
                var root = Math.Sqrt(v[p][i] / (1 - Math.Pow(o.Beta2, t))) + o.Epsilon;
                z[p][i] -= rate * ((g[p][i] / root) + (o.WeightDecay * y[p].Values[i]));
                average[p][i] += weight / sum * (z[p][i] - average[p][i]);
                y[p].Values[i] = ((1 - o.Beta1) * z[p][i]) + (o.Beta1 * average[p][i]);
            });
        };
    }
}

/// <summary>A parameter as an array: a matrix [Rows, Columns], or with no columns a vector.</summary>
sealed record PlainTensor(double[] Values, int Rows, int Columns);
