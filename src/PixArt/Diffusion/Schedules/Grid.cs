namespace PixArt.Diffusion;

/// <summary>
/// The number sequences that published schedules are made of, rounded exactly where NumPy and PyTorch round: a timestep
/// that lands on the other side of a half is another picture.
/// </summary>
static class Grid
{
    /// <summary><paramref name="count"/> points from start to stop, both included, in double precision.</summary>
    public static double[] Linspace(double start, double stop, int count)
    {
        var points = new double[count];
        if (count == 1) return [start];
        var step = (stop - start) / (count - 1);
        for (var i = 0; i < count; i++) points[i] = (i * step) + start;
        points[^1] = stop;
        return points;
    }

    /// <summary>As <see cref="Linspace"/> without the stop.</summary>
    public static double[] LinspaceOpen(double start, double stop, int count)
    {
        var points = new double[count];
        var step = (stop - start) / count;
        for (var i = 0; i < count; i++) points[i] = (i * step) + start;
        return points;
    }

    /// <summary>start, start − stride, … while above zero.</summary>
    public static double[] CountDown(double start, double stride)
    {
        var points = new double[(int)Math.Ceiling(start / stride)];
        // NumPy fills an arange by the difference of its first two elements, which is not quite the stride.
        var delta = (start - stride) - start;
        for (var i = 0; i < points.Length; i++) points[i] = start + (i * delta);
        return points;
    }

    /// <summary>
    /// <paramref name="count"/> points in single precision as libtorch's CPU kernel makes them: filled from both ends in
    /// runs of eight, each run's base by one fused multiply-add.
    /// </summary>
    public static float[] LinspaceSingle(double start, double stop, int count)
    {
        const int Lanes = 8;
        float first = (float)start, last = (float)stop;
        if (count == 1) return [first];
        var points = new float[count];
        var step = (last - first) / (count - 1);
        for (var i = 0; i < count;)
        {
            var run = i + Lanes <= count ? Lanes : 1;
            var origin = i < count / 2
                ? MathF.FusedMultiplyAdd(step, i, first)
                : MathF.FusedMultiplyAdd(-step, count - i - 1, last);
            for (var lane = 0; lane < run; lane++) points[i + lane] = origin + (step * lane);
            i += run;
        }
        return points;
    }

    /// <summary>The table's value at a fractional position, linear between neighbours, clamped at the ends.</summary>
    public static double Interpolate(ReadOnlySpan<float> table, double position)
    {
        if (position <= 0) return table[0];
        if (position >= table.Length - 1) return table[^1];
        var low = (int)position;
        return (((double)table[low + 1] - table[low]) * (position - low)) + table[low];
    }

    /// <summary>The nearest whole number, halves to even.</summary>
    public static double Round(double value) => Math.Round(value, MidpointRounding.ToEven);

    /// <summary>Every value rounded to the nearest whole number, halves to even.</summary>
    public static double[] Round(double[] values) => Array.ConvertAll(values, Round);

    /// <summary>Every value cut to a whole number, as a cast to integer does.</summary>
    public static double[] Truncate(double[] values) => Array.ConvertAll(values, Math.Truncate);

    /// <summary>Every value rounded to single precision.</summary>
    public static double[] Single(double[] values) => Array.ConvertAll(values, v => (double)(float)v);

    /// <summary>The values in the opposite order.</summary>
    public static double[] Reversed(double[] values)
    {
        Array.Reverse(values);
        return values;
    }
}
