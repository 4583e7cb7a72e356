using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Momentum whose update for a matrix is made nearly orthogonal by Newton-Schulz iterations (Jordan et al. 2024),
/// scaled so that AdamW's learning rates carry over (Liu et al. 2025). For the inner matrices of a network only; all else
/// wants <see cref="AdamW"/>.</summary>
public sealed class Muon : IOptimizer
{
    readonly MuonOptions _options;
    readonly Group[] _groups;

    /// <summary>Makes zero momentum for every parameter.</summary>
    /// <param name="parameters">Matrices to train.</param>
    /// <param name="options">Settings, or null for the defaults.</param>
    /// <exception cref="ArgumentException">A parameter is not a matrix.</exception>
    public Muon(IEnumerable<TrainedTensor> parameters, MuonOptions? options = null)
    {
        _options = options ?? new();
        TrainedTensor[] matrices = [.. parameters];
        if (Array.Find(matrices, p => p.Value.Rank != 2) is { } other)
            throw new ArgumentException($"'{other.Name}' has {other.Value.Rank} dimensions; Muon trains matrices", nameof(parameters));
        _groups = [.. matrices.GroupBy(p => (p.Value.Size(0), p.Value.Size(1), p.Value.Device)).Select(group => new Group([.. group]))];
    }

    /// <inheritdoc/>
    public long StepCount { get; set; }

    /// <summary>Multiplies the learning rate.</summary>
    public double RateFactor { get; init; } = 1;

    /// <inheritdoc/>
    public IEnumerable<TrainedTensor> State => _groups.SelectMany(group => group.State);

    /// <inheritdoc/>
    public void Step(double learningRate, double gradientScale = 1)
    {
        using var off = GradMode.Disable();
        StepCount++;
        var rate = learningRate * RateFactor;
        foreach (var group in _groups)
        {
            using var scope = TensorScope.Begin();
            Tensor?[] gradients = Array.ConvertAll(group.Parameters, parameter => parameter.Value.Grad);
            if (Array.TrueForAll(gradients, gradient => gradient is not null))
            {
                Update(Array.ConvertAll(group.Parameters, p => p.Value), Tensor.Stack(gradients!), group.Momentum, rate, gradientScale);
                continue;
            }

            for (var i = 0; i < gradients.Length; i++)
            {
                if (gradients[i] is { } gradient)
                    Update([group.Parameters[i].Value], gradient.Unsqueeze(0), group.Momentum.Narrow(0, i, 1), rate, gradientScale);
            }
        }
    }

    /// <summary>Pushes all singular values of matrices towards 1 with a fifth-order polynomial.</summary>
    /// <param name="matrices">[.., m, n].</param>
    /// <param name="iterations">How often; five bring singular values into about 0.7 to 1.2.</param>
    /// <param name="type">What to compute in.</param>
    internal static Tensor Orthogonalize(Tensor matrices, int iterations, ScalarType type = ScalarType.Float32)
    {
        using var scope = TensorScope.Begin();
        var tall = matrices.Size(-2) > matrices.Size(-1);
        var norms = matrices.Square().Sum([-2, -1], keepDim: true).Sqrt();
        var x = (matrices / (norms + 1e-7)).To(type);
        if (tall) x = x.Transpose(-2, -1);
        for (var i = 0; i < iterations; i++)
        {
            var gram = x.MatMul(x.Transpose(-2, -1));
            var polynomial = (gram * -4.7750) + (gram.MatMul(gram) * 2.0315);
            x = (x * 3.4445) + polynomial.MatMul(x);
        }

        return scope.Keep((tall ? x.Transpose(-2, -1) : x).To(matrices.DType));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var group in _groups) group.Dispose();
    }

    // values: k matrices [m, n]; gradients and momentum [k, m, n].
    void Update(Tensor[] values, Tensor gradients, Tensor momentum, double rate, double gradientScale)
    {
        using var scope = TensorScope.Begin();
        var g = gradientScale == 1 ? gradients : gradients * gradientScale;
        momentum.LerpInPlace(g, 1 - _options.Momentum);
        var direction = _options.Nesterov ? (g * (1 - _options.Momentum)) + (momentum * _options.Momentum) : momentum;
        var size = _options.UpdateScale * Math.Sqrt(Math.Max(momentum.Size(1), momentum.Size(2)));
        var updates = Orthogonalize(direction, _options.Iterations, _options.IterationType);
        Foreach.MulInPlace(values, 1 - (rate * _options.WeightDecay));
        Foreach.AddInPlace(values, [.. Enumerable.Range(0, values.Length).Select(i => updates.Select(0, i))], -rate * size);
    }

    /// <summary>Matrices of one shape: their products are made together.</summary>
    sealed class Group : IDisposable
    {
        readonly Tensor[] _views;

        public Group(TrainedTensor[] parameters)
        {
            using var off = GradMode.Disable();
            Parameters = parameters;
            Momentum = TensorScope.Release(Tensor.Zeros([parameters.Length, .. parameters[0].Value.Shape], ScalarType.Float32, parameters[0].Value.Device));
            _views = [.. parameters.Select((_, i) => TensorScope.Release(Momentum.Select(0, i)))];
        }

        public TrainedTensor[] Parameters { get; }

        /// <summary>[k, m, n].</summary>
        public Tensor Momentum { get; }

        public IEnumerable<TrainedTensor> State => Parameters.Select((parameter, i) => new TrainedTensor("momentum." + parameter.Name, _views[i]));

        public void Dispose()
        {
            foreach (var view in _views) view.Dispose();
            Momentum.Dispose();
        }
    }
}
