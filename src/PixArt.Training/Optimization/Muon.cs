using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Momentum whose update for a matrix is made nearly orthogonal by Newton-Schulz iterations (Jordan et al. 2024),
/// scaled so that AdamW's learning rates carry over (Liu et al. 2025). For the inner matrices of a network only; all else
/// wants <see cref="AdamW"/>.</summary>
public sealed class Muon : IOptimizer
{
    readonly MuonOptions _options;
    readonly (TrainedTensor Parameter, Tensor Momentum)[] _slots;

    /// <summary>Makes zero momentum for every parameter.</summary>
    /// <param name="parameters">Matrices to train.</param>
    /// <param name="options">Settings, or null for the defaults.</param>
    /// <exception cref="ArgumentException">A parameter is not a matrix.</exception>
    public Muon(IEnumerable<TrainedTensor> parameters, MuonOptions? options = null)
    {
        _options = options ?? new();
        _slots = [.. parameters.Select(p => p.Value.Rank == 2
            ? (p, FlatSpans.ZerosLike(p.Value))
            : throw new ArgumentException($"'{p.Name}' has {p.Value.Rank} dimensions; Muon trains matrices", nameof(parameters)))];
    }

    /// <inheritdoc/>
    public long StepCount { get; set; }

    /// <summary>Multiplies the learning rate.</summary>
    public double RateFactor { get; init; } = 1;

    /// <inheritdoc/>
    public IEnumerable<TrainedTensor> State =>
        _slots.Select(slot => new TrainedTensor("momentum." + slot.Parameter.Name, slot.Momentum));

    /// <inheritdoc/>
    public void Step(double learningRate, double gradientScale = 1)
    {
        using var off = GradMode.Disable();
        StepCount++;
        var rate = learningRate * RateFactor;
        foreach (var (parameter, momentum) in _slots)
        {
            using var scope = TensorScope.Begin();
            if (parameter.Value.Grad is not { } gradient) continue;
            var g = gradientScale == 1 ? gradient : gradient * gradientScale;
            momentum.LerpInPlace(g, 1 - _options.Momentum);
            var direction = _options.Nesterov ? (g * (1 - _options.Momentum)) + (momentum * _options.Momentum) : momentum;
            var size = _options.UpdateScale * Math.Sqrt(Math.Max(momentum.Size(0), momentum.Size(1)));
            parameter.Value.MulInPlace(1 - (rate * _options.WeightDecay));
            parameter.Value.AddInPlace(Orthogonalize(direction, _options.Iterations, _options.IterationType), -rate * size);
        }
    }

    /// <summary>Pushes all singular values of a matrix towards 1 with a fifth-order polynomial.</summary>
    /// <param name="matrix">[m, n].</param>
    /// <param name="iterations">How often; five bring singular values into about 0.7 to 1.2.</param>
    /// <param name="type">What to compute in.</param>
    internal static Tensor Orthogonalize(Tensor matrix, int iterations, ScalarType type = ScalarType.Float32)
    {
        using var scope = TensorScope.Begin();
        var tall = matrix.Size(0) > matrix.Size(1);
        var x = (matrix / (matrix.Norm() + 1e-7)).To(type);
        if (tall) x = x.Transpose(0, 1);
        for (var i = 0; i < iterations; i++)
        {
            var gram = x.MatMul(x.Transpose(0, 1));
            var polynomial = (gram * -4.7750) + (gram.MatMul(gram) * 2.0315);
            x = (x * 3.4445) + polynomial.MatMul(x);
        }

        return scope.Keep((tall ? x.Transpose(0, 1) : x).To(matrix.DType));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, momentum) in _slots) momentum.Dispose();
    }
}
