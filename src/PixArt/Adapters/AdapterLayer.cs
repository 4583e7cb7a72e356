using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Adapters;

/// <summary>What an adapter does to one layer's weight, seen as a matrix [out, everything else].</summary>
/// <param name="tensors">The layer's tensors.</param>
abstract class AdapterLayer(AdapterTensors tensors)
{
    // Zero has no direction: it stays zero.
    const double LeastLength = 1e-12;

    /// <summary>The layer as the file names it.</summary>
    public string Name => Tensors.Layer;

    /// <summary>What files of this kind are called.</summary>
    public abstract string Kind { get; }

    /// <summary>Inner dimension; null where no matrix is factored.</summary>
    public abstract long? Rank { get; }

    /// <summary>Rows and columns of the change.</summary>
    public abstract (long Rows, long Columns) Size { get; }

    /// <summary>Whether the merged weight's rows get lengths of their own (DoRA).</summary>
    public bool HasMagnitude => Tensors.Has(AdapterRole.Magnitude);

    /// <summary>The layer's tensors.</summary>
    protected AdapterTensors Tensors { get; } = tensors;

    /// <summary>The tensor that a shape error is told of.</summary>
    protected abstract AdapterRole Widest { get; }

    /// <summary>Refuses a weight that the change does not fit.</summary>
    /// <exception cref="WeightsException">Names the tensor, its shape and the weight's.</exception>
    public void RequireFit(AdapterTarget target)
    {
        var columns = target.Shape.Skip(1).Aggregate(1L, (product, size) => product * size);
        var rows = target.Shape[0] * target.Parts;
        if (Size != (rows, columns))
            throw Tensors.Mismatch(Widest, $"makes a change of [{Size.Rows}, {Size.Columns}], expected [{rows}, {columns}] as {target.Text}");
        if (!HasMagnitude) return;
        var (lengths, perColumn) = (Tensors.CountOf(AdapterRole.Magnitude), IsPerColumn(rows));
        if (perColumn ? lengths != target.Shape[1] || target.Parts > 1 : lengths != rows)
            throw Tensors.Mismatch(AdapterRole.Magnitude, $"has {lengths} lengths, expected {rows} as {target.Text}");
    }

    /// <summary>The error for a model that lacks this layer.</summary>
    public WeightsException Unknown() => Tensors.Unknown();

    /// <summary>W' - W for strength 1, in single precision; it belongs to the present scope or the caller.</summary>
    /// <param name="weight">W, fp32.</param>
    /// <param name="target">Which part of the change is this weight's.</param>
    /// <param name="scaling">The file's settings.</param>
    public Tensor Change(Tensor weight, AdapterTarget target, AdapterScaling scaling)
    {
        using var scope = TensorScope.Begin();
        var rows = weight.Size(0);
        var first = target.Part * rows;
        var change = Product().Narrow(0, first, rows).To(weight.Device) * scaling.Of(Name, Rank, Tensors.Alpha);
        if (HasMagnitude) change = Directed(weight, change, first);
        return scope.Keep(change.Reshape(weight.Shape));
    }

    /// <summary>The change without its scale, fp32 on the CPU.</summary>
    protected abstract Tensor Product();

    // DoRA (Liu et al. 2024): the merged weight keeps its direction and gets a trained length. Minus W, flat.
    Tensor Directed(Tensor weight, Tensor change, long first)
    {
        var rows = weight.Size(0);
        var flat = weight.Reshape(rows, -1);
        var lengths = Tensors.Read(AdapterRole.Magnitude).Reshape(-1).To(weight.Device);
        if (IsPerColumn(rows * Math.Max(1, Size.Rows / rows)))
        {
            var cube = (flat + change).Reshape(rows, weight.Size(1), -1);
            var norm = cube.Square().Sum([0, 2], keepDim: true).Sqrt().Clamp(min: LeastLength);
            return (cube * (lengths.Reshape(1, -1, 1) / norm)).Reshape(rows, -1) - flat;
        }

        var moved = flat + change;
        return moved * (lengths.Narrow(0, first, rows).Unsqueeze(1) / moved.Square().Sum([1], keepDim: true).Sqrt().Clamp(min: LeastLength)) - flat;
    }

    // peft's lengths are always of rows; LyCORIS' older ones of columns show it by their first dimension.
    bool IsPerColumn(long rows)
    {
        var shape = Tensors.ShapeOf(AdapterRole.Magnitude);
        return Tensors.NameOf(AdapterRole.Magnitude).EndsWith("dora_scale", StringComparison.Ordinal) && shape.Count > 1 && shape[0] == 1 && rows != 1;
    }
}

/// <summary>Where a change goes.</summary>
/// <param name="Parameter">The parameter's name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Part">Which of the equal parts along the change's rows it is.</param>
/// <param name="Parts">How many there are: 3 for a file that has query, key and value as one.</param>
sealed record AdapterTarget(string Parameter, long[] Shape, int Part, int Parts)
{
    /// <summary>For messages.</summary>
    public string Text => $"'{Parameter}' is [{string.Join(", ", Shape)}]{(Parts > 1 ? $", one of {Parts} parts" : "")}";
}
