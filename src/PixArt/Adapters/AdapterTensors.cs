using System.Globalization;
using PixArt.Torch;
using PixArt.Weights;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Adapters;

/// <summary>The tensors that a file has for one layer.</summary>
/// <param name="source">The open file.</param>
/// <param name="layer">The layer as the file names it.</param>
sealed class AdapterTensors(WeightsSource source, string layer)
{
    readonly Dictionary<AdapterRole, string> _names = [];

    /// <summary>The layer as the file names it.</summary>
    public string Layer { get; } = layer;

    /// <summary>The file's own alpha of this layer, or null.</summary>
    public double? Alpha { get; private set; }

    /// <summary>Takes a tensor in.</summary>
    /// <exception cref="WeightsException">There is one already for this role.</exception>
    public void Add(AdapterRole role, string name)
    {
        if (!_names.TryAdd(role, name))
            throw new WeightsException(InvalidTensorView, source.Path, name, $"says the same as '{WeightsException.Shorten(_names[role])}'");
        if (role == AdapterRole.Alpha) Alpha = ReadAlpha(name);
    }

    /// <summary>Whether the file has it.</summary>
    public bool Has(AdapterRole role) => _names.ContainsKey(role);

    /// <summary>Its name in the file.</summary>
    public string NameOf(AdapterRole role) => _names[role];

    /// <summary>Its shape.</summary>
    public IReadOnlyList<long> ShapeOf(AdapterRole role) => source.Find(_names[role])!.Shape;

    /// <summary>Number of its elements.</summary>
    public long CountOf(AdapterRole role) => source.Find(_names[role])!.Count;

    /// <summary>Its shape as a matrix: first dimension, all others together.</summary>
    /// <exception cref="WeightsException">It has fewer than two dimensions.</exception>
    public (long Rows, long Columns) MatrixOf(AdapterRole role)
    {
        var shape = ShapeOf(role);
        if (shape.Count < 2) throw Mismatch(role, $"has shape {StoredTensor.ShowShape(shape)}, expected a matrix");
        return (shape[0], shape.Skip(1).Aggregate(1L, (product, size) => product * size));
    }

    /// <summary>Inner dimension of a product of two.</summary>
    /// <exception cref="WeightsException">One is missing, or they do not multiply.</exception>
    public (long Rows, long Rank, long Columns) ProductOf(AdapterRole left, AdapterRole right)
    {
        Require(left, right);
        var ((rows, rank), (inner, columns)) = (MatrixOf(left), MatrixOf(right));
        if (rank != inner || rank == 0)
            throw Mismatch(left, $"has shape {StoredTensor.ShowShape(ShapeOf(left))}, expected {inner} columns as '{WeightsException.Shorten(_names[right])}' is {StoredTensor.ShowShape(ShapeOf(right))}");
        return (rows, rank, columns);
    }

    /// <summary>Sizes of a Tucker product: core [m, n, ..], left [m, rows] (or [rows, m]) and right [n, columns].</summary>
    /// <exception cref="WeightsException">One is missing, or they do not multiply.</exception>
    public (long Rows, long Rank, long Columns) TuckerOf(AdapterRole core, AdapterRole left, AdapterRole right, bool leftRowsFirst)
    {
        Require(left, right);
        var shape = ShapeOf(core);
        if (shape.Count < 3) throw Mismatch(core, $"has shape {StoredTensor.ShowShape(shape)}, expected [rank, rank, height, width]");
        var ((first, second), (rank, columns)) = (MatrixOf(left), MatrixOf(right));
        var (rows, inner) = leftRowsFirst ? (first, second) : (second, first);
        if (shape[0] != inner || shape[1] != rank || rank == 0)
        {
            throw Mismatch(core, $"has shape {StoredTensor.ShowShape(shape)}, expected [{inner}, {rank}, height, width] as '{WeightsException.Shorten(_names[left])}' is "
                + $"{StoredTensor.ShowShape(ShapeOf(left))} and '{WeightsException.Shorten(_names[right])}' is {StoredTensor.ShowShape(ShapeOf(right))}");
        }

        return (rows, rank, columns * shape.Skip(2).Aggregate(1L, (product, size) => product * size));
    }

    /// <summary>The Tucker product [rows, columns x height x width], fp32, in the present scope: W[o, i, y, x] = sum of left[m, o] core[m, n, y, x] right[n, i].</summary>
    public Tensor Tucker(AdapterRole core, AdapterRole left, AdapterRole right, bool leftRowsFirst)
    {
        using var scope = TensorScope.Begin();
        var (middle, outer, inner) = (Read(core).Flatten(2), Matrix(left), Matrix(right)); // [m, n, k]
        if (!leftRowsFirst) outer = outer.Transpose(0, 1);                                  // [rows, m]
        var (m, n, k) = (middle.Size(0), middle.Size(1), middle.Size(2));
        var half = outer.MatMul(middle.Reshape(m, n * k)).View(-1, n, k);                   // [rows, n, k]
        var whole = half.Transpose(1, 2).MatMul(inner);                                     // [rows, k, columns]
        return scope.Keep(whole.Transpose(1, 2).Reshape(outer.Size(0), -1));
    }

    /// <summary>Refuses a layer that lacks one of several tensors.</summary>
    /// <exception cref="WeightsException">Names the one that is there and the one that is not.</exception>
    public void Require(params ReadOnlySpan<AdapterRole> roles)
    {
        foreach (var role in roles)
        {
            if (Has(role)) continue;
            var name = roles.ToArray().Where(Has).Select(NameOf).FirstOrDefault(_names.Values.First());
            var missing = AdapterKey.NamesBeside(name, role).Select(n => $"'{WeightsException.Shorten(n)}'");
            throw new WeightsException(TensorNotFound, source.Path, name, $"stands without its partner {string.Join(" or ", missing)}");
        }
    }

    /// <summary>A matrix as it is, fp32, in the present scope.</summary>
    public Tensor Matrix(AdapterRole role) => Read(role).Flatten(1);

    /// <summary>A tensor, fp32, in the present scope or the caller's.</summary>
    public Tensor Read(AdapterRole role) => Single(_names[role]);

    /// <summary>The error for a model that lacks this layer.</summary>
    public WeightsException Unknown() => new(
        UnexpectedTensors, source.Path, _names.Values.First(), $"is for a layer '{WeightsException.Shorten(Layer)}' that the transformer does not have");

    /// <summary>An error about a shape.</summary>
    public WeightsException Mismatch(AdapterRole role, string detail) => new(ShapeMismatch, source.Path, _names[role], detail);

    double ReadAlpha(string name)
    {
        if (source.Find(name)!.Count != 1) throw Mismatch(AdapterRole.Alpha, $"has shape {source.Find(name)!.ShapeText}, expected one number");
        using var scope = TensorScope.Begin();
        var alpha = (double)Single(name).Reshape(1).Item<float>();
        return double.IsFinite(alpha) ? alpha : throw Mismatch(AdapterRole.Alpha, string.Create(CultureInfo.InvariantCulture, $"is {alpha}, expected a finite number"));
    }

    // What the source reads belongs to no scope.
    Tensor Single(string name)
    {
        using var stored = source.Read(name);
        return stored.To(ScalarType.Float32);
    }
}
