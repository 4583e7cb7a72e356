using System.Collections.ObjectModel;

namespace PixArt.Torch;

/// <summary>
/// Counts the floating-point operations that this thread asks of libtorch while it is open: matrix products, attention and convolutions, from
/// the shapes of their arguments; a multiply-add is two. Elementwise work, and what a backward pass calls by itself, is not counted.
/// <code>
/// using var counter = OperationCounter.Begin();
/// model.Forward(x).Dispose();
/// Console.WriteLine(counter.Total);
/// </code>
/// </summary>
public sealed class OperationCounter : IDisposable
{
    [ThreadStatic]
    private static OperationCounter? current;

    private readonly OperationCounter? outer;
    private readonly Dictionary<string, double> counts = new(StringComparer.Ordinal);

    private OperationCounter() => (outer, current) = (current, this);

    /// <summary>All operations so far.</summary>
    public double Total => counts.Values.Sum();

    /// <summary>The operations of each operator, such as <c>aten::conv2d</c>.</summary>
    public IReadOnlyDictionary<string, double> ByOperator => new ReadOnlyDictionary<string, double>(counts);

    /// <summary>Begins to count on this thread; a counter inside another counts for both.</summary>
    public static OperationCounter Begin() => new();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (current == this) current = outer;
    }

    internal static void Add(string name, ReadOnlySpan<Arg> args)
    {
        if (current is null) return;
        double operations = Operations(name, args);
        if (operations == 0) return;
        for (OperationCounter? counter = current; counter is not null; counter = counter.outer)
            counter.counts[name] = counter.counts.GetValueOrDefault(name) + operations;
    }

    private static double Operations(string name, ReadOnlySpan<Arg> args) => name switch
    {
        "pixart::linear" => 2.0 * TensorOf(args[0]).Count * TensorOf(args[1]).Size(0),
        "aten::matmul" or "aten::mm" or "aten::bmm" => Product(TensorOf(args[0]), TensorOf(args[1])),
        "aten::addmm" or "aten::baddbmm" => Product(TensorOf(args[1]), TensorOf(args[2])),
        "aten::scaled_dot_product_attention" or "pixart::attention" => Attention(TensorOf(args[0]), TensorOf(args[1]), TensorOf(args[2])),
        "aten::conv2d" => Convolution(TensorOf(args[0]), TensorOf(args[1]), args[3..]),
        _ => 0,
    };

    // A factor that broadcasts is multiplied for each part of the other.
    private static double Product(Tensor left, Tensor right)
    {
        if (left.Rank == 1 || right.Rank == 1) return 2.0 * Math.Max(left.Count, right.Count);
        double rows = left.Size(-2), inner = left.Size(-1), columns = right.Size(-1);
        return 2 * Math.Max(left.Count / (rows * inner), right.Count / (inner * columns)) * rows * inner * columns;
    }

    private static double Attention(Tensor query, Tensor key, Tensor value) =>
        2.0 * query.Count / query.Size(-1) * key.Size(-2) * (query.Size(-1) + value.Size(-1));

    private static double Convolution(Tensor input, Tensor weight, ReadOnlySpan<Arg> rest)
    {
        double positions = input.Size(0);
        for (int side = 0; side < 2; side++)
        {
            long stride = Of(rest, 0, side, 1), padding = Of(rest, 1, side, 0), dilation = Of(rest, 2, side, 1);
            positions *= ((input.Size(2 + side) + (2 * padding) - (dilation * (weight.Size(2 + side) - 1)) - 1) / stride) + 1;
        }

        return 2 * positions * weight.Count;
    }

    private static long Of(ReadOnlySpan<Arg> args, int at, int side, long otherwise) =>
        at < args.Length && args[at].Reference is long[] values ? values[Math.Min(side, values.Length - 1)] : otherwise;

    private static Tensor TensorOf(in Arg arg) => (Tensor)arg.Reference!;
}
