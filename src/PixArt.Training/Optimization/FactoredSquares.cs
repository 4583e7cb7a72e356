using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>A running mean of squares that matrices keep as one of rows and one of columns (Shazeer and Stern 2018): of [.., m, n] only
/// m + n numbers instead of m·n. Vectors keep all of theirs.</summary>
static class FactoredSquares
{
    /// <summary>Zeros: rows and columns of the last two dimensions, or for a vector its elements.</summary>
    /// <param name="name">What the squares are of.</param>
    /// <param name="value">The parameter.</param>
    public static IEnumerable<TrainedTensor> Begin(string name, Tensor value)
    {
        var shape = value.Shape;
        if (shape.Length < 2) return [new(name, FlatSpans.ZerosLike(value))];
        return
        [
            new(name + "_row", Tensor.Zeros(shape[..^1], ScalarType.Float32, value.Device)),
            new(name + "_col", Tensor.Zeros([.. shape[..^2], shape[^1]], ScalarType.Float32, value.Device)),
        ];
    }

    /// <summary>How many tensors <see cref="Begin"/> makes.</summary>
    public static int Count(Tensor value) => value.Rank < 2 ? 1 : 2;

    /// <summary>Takes squares in, and gives one over the root of their running mean, in the parameter's shape.</summary>
    /// <param name="state">What <see cref="Begin"/> made, from <paramref name="at"/> on.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="squares">New squares, all above 0.</param>
    /// <param name="take">How much of the new ones the mean takes.</param>
    public static Tensor InverseRoot(IReadOnlyList<Tensor> state, int at, Tensor squares, double take)
    {
        using var scope = TensorScope.Begin();
        if (squares.Rank < 2)
        {
            state[at].LerpInPlace(squares, take);
            return scope.Keep(state[at].Rsqrt());
        }

        var (rows, columns) = (state[at], state[at + 1]);
        rows.LerpInPlace(squares.Mean([-1]), take);
        columns.LerpInPlace(squares.Mean([-2]), take);
        var scale = (rows / rows.Mean([-1], keepDim: true)).Rsqrt();
        return scope.Keep(scale.Unsqueeze(-1) * columns.Rsqrt().Unsqueeze(-2));
    }

    /// <summary>An update whose root mean square is at most a limit, in place.</summary>
    public static Tensor Clip(Tensor update, double limit)
    {
        using var scope = TensorScope.Begin();
        update.DivInPlace((RootMeanSquare(update) * (1 / limit)).Clamp(min: 1));
        return update;
    }

    /// <summary>A scalar.</summary>
    public static Tensor RootMeanSquare(Tensor values)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(values.Square().Mean().Sqrt());
    }
}
