using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Optimization;

/// <summary>Adafactor (Shazeer and Stern 2018, algorithms 4 and 5) and CAME (Luo et al. 2023, algorithm 2) over arrays of doubles.</summary>
static class PlainFactored
{
    public static PlainOptimizers.Step Adafactor(OptimizerRecipe o)
    {
        var settings = o.Adafactor!;
        Squares[]? squares = null;
        double[][]? momentum = null;
        var t = 0;
        return (x, g, rate) =>
        {
            (squares, momentum, t) = (squares ?? Array.ConvertAll(x, p => new Squares(p)), momentum ?? PlainOptimizers.Zeros(x), t + 1);
            for (var p = 0; p < x.Length; p++)
            {
                var alpha = rate * (settings.RelativeStep ? Math.Min(settings.WarmupInit ? 1e-6 * t : 1e-2, 1 / Math.Sqrt(t)) : 1);
                if (settings.ScaleParameter) alpha *= Math.Max(settings.Epsilon2, Rms(x[p].Values));
                var estimate = squares[p].Take(Array.ConvertAll(g[p], v => (v * v) + settings.Epsilon1), 1 - Math.Pow(t, settings.DecayRate));
                var update = Limited([.. g[p].Select((v, i) => v / Math.Sqrt(estimate[i]))], settings.ClipThreshold);
                for (var i = 0; i < update.Length; i++)
                {
                    var step = alpha * update[i];
                    if (settings.Beta1 is { } keep) step = momentum[p][i] = (keep * momentum[p][i]) + ((1 - keep) * step);
                    x[p].Values[i] -= step + (alpha * o.WeightDecay * x[p].Values[i]);
                }
            }
        };
    }

    public static PlainOptimizers.Step Came(OptimizerRecipe o)
    {
        var settings = o.Came!;
        Squares[]? squares = null, instability = null;
        double[][]? momentum = null;
        return (x, g, rate) =>
        {
            squares ??= Array.ConvertAll(x, p => new Squares(p));
            instability ??= Array.ConvertAll(x, p => new Squares(p));
            momentum ??= PlainOptimizers.Zeros(x);
            for (var p = 0; p < x.Length; p++)
            {
                var estimate = squares[p].Take(Array.ConvertAll(g[p], v => (v * v) + settings.Epsilon1), settings.Beta2);
                var update = Limited([.. g[p].Select((v, i) => v / Math.Sqrt(estimate[i]))], settings.ClipThreshold);
                var m = momentum[p];
                for (var i = 0; i < m.Length; i++) m[i] = (settings.Beta1 * m[i]) + ((1 - settings.Beta1) * update[i]);
                double[] differences = [.. update.Select((u, i) => ((u - m[i]) * (u - m[i])) + settings.Epsilon2)];
                // Vectors have no confidence of their own.
                var confidence = x[p].Columns == 0 ? Enumerable.Repeat(1.0, m.Length).ToArray() : instability[p].Take(differences, settings.Beta3);
                for (var i = 0; i < m.Length; i++) x[p].Values[i] -= rate * ((m[i] / Math.Sqrt(confidence[i])) + (o.WeightDecay * x[p].Values[i]));
            }
        };
    }

    static double Rms(double[] values) => Math.Sqrt(values.Average(v => v * v));

    static double[] Limited(double[] update, double threshold)
    {
        var over = Math.Max(1, Rms(update) / threshold);
        return Array.ConvertAll(update, u => u / over);
    }

    /// <summary>Running means of rows and columns, or of a vector's elements.</summary>
    sealed class Squares(PlainTensor of)
    {
        readonly double[] _rows = new double[of.Rows];
        readonly double[] _columns = new double[of.Columns];

        public double[] Take(double[] squares, double keep)
        {
            if (of.Columns == 0)
            {
                for (var i = 0; i < _rows.Length; i++) _rows[i] = (keep * _rows[i]) + ((1 - keep) * squares[i]);
                return (double[])_rows.Clone();
            }

            for (var r = 0; r < of.Rows; r++)
                _rows[r] = (keep * _rows[r]) + ((1 - keep) * Enumerable.Range(0, of.Columns).Average(c => squares[(r * of.Columns) + c]));
            for (var c = 0; c < of.Columns; c++)
                _columns[c] = (keep * _columns[c]) + ((1 - keep) * Enumerable.Range(0, of.Rows).Average(r => squares[(r * of.Columns) + c]));
            return [.. Enumerable.Range(0, squares.Length).Select(i => _rows[i / of.Columns] * _columns[i % of.Columns] / _rows.Average())];
        }
    }
}
