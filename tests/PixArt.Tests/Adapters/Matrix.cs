namespace PixArt.Tests.Adapters;

/// <summary>Plain matrices in double precision: what the adapters' formulas are checked against.</summary>
static class Matrix
{
    public static double[] Product(double[] left, double[] right, int rows, int inner, int columns)
    {
        var result = new double[rows * columns];
        for (var i = 0; i < rows; i++)
            for (var k = 0; k < inner; k++)
                for (var j = 0; j < columns; j++)
                    result[(i * columns) + j] += left[(i * inner) + k] * right[(k * columns) + j];
        return result;
    }

    public static double[] Kronecker(double[] outer, (int Rows, int Columns) a, double[] inner, (int Rows, int Columns) b)
    {
        var columns = a.Columns * b.Columns;
        var result = new double[a.Rows * b.Rows * columns];
        for (var i = 0; i < a.Rows * b.Rows; i++)
            for (var j = 0; j < columns; j++)
                result[(i * columns) + j] = outer[(i / b.Rows * a.Columns) + (j / b.Columns)] * inner[(i % b.Rows * b.Columns) + (j % b.Columns)];
        return result;
    }

    public static double[] Add(double[] left, double[] right, double factor) => [.. left.Zip(right, (l, r) => l + (factor * r))];

    /// <summary>Rows brought to given lengths.</summary>
    public static double[] WithRowLengths(double[] matrix, double[] lengths)
    {
        var columns = matrix.Length / lengths.Length;
        return [.. matrix.Select((value, i) => value * lengths[i / columns]
            / Math.Sqrt(matrix.Skip(i / columns * columns).Take(columns).Sum(v => v * v)))];
    }

    /// <summary>Columns brought to given lengths.</summary>
    public static double[] WithColumnLengths(double[] matrix, double[] lengths)
    {
        var columns = lengths.Length;
        return [.. matrix.Select((value, i) => value * lengths[i % columns]
            / Math.Sqrt(matrix.Where((_, k) => k % columns == i % columns).Sum(v => v * v)))];
    }
}
