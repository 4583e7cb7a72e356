namespace PixArt.Diffusion;

/// <summary>Small dense linear systems.</summary>
static class LinearSystem
{
    /// <summary>The x of A x = b, by Gaussian elimination with partial pivoting.</summary>
    /// <param name="size">Rows and columns of A.</param>
    /// <param name="element">A by row and column.</param>
    /// <param name="right">b.</param>
    public static double[] Solve(int size, Func<int, int, double> element, double[] right)
    {
        var rows = new double[size][];
        for (var r = 0; r < size; r++)
            rows[r] = [.. Enumerable.Range(0, size).Select(c => element(r, c)), right[r]];
        for (var pivot = 0; pivot < size; pivot++)
        {
            var best = Enumerable.Range(pivot, size - pivot).MaxBy(r => Math.Abs(rows[r][pivot]));
            (rows[pivot], rows[best]) = (rows[best], rows[pivot]);
            for (var r = pivot + 1; r < size; r++)
            {
                var factor = rows[r][pivot] / rows[pivot][pivot];
                for (var c = pivot; c <= size; c++) rows[r][c] -= factor * rows[pivot][c];
            }
        }

        var x = new double[size];
        for (var r = size - 1; r >= 0; r--)
        {
            var sum = rows[r][size];
            for (var c = r + 1; c < size; c++) sum -= rows[r][c] * x[c];
            x[r] = sum / rows[r][r];
        }

        return x;
    }
}
