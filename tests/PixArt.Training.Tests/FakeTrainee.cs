using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Training.Optimization;

namespace PixArt.Training.Tests;

/// <summary>Pulls a vector towards noisy targets: (w - target)^2. The loss of one pass can be poisoned.</summary>
sealed class FakeTrainee : ITrainee
{
    readonly long[] _shape;
    readonly Tensor _weight;

    public FakeTrainee(long[]? shape = null, ScalarType type = ScalarType.Float32)
    {
        _shape = shape ?? [4];
        _weight = TensorScope.Release(Tensor.Zeros(_shape, type));
        _weight.RequiresGrad = true;
    }

    public long? PoisonedPass { get; init; }

    /// <summary>The pass whose gradients are no numbers though its loss is one.</summary>
    public long? OverflowingPass { get; init; }

    public List<long> Passes { get; } = [];

    public List<long> Exports { get; } = [];

    public IReadOnlyList<TrainedTensor> Parameters => [new("w", _weight)];

    public float[] Weights => _weight.ToArray<float>();

    public TrainingBatch Prepare(long pass)
    {
        using var generator = new RandomKey(1, RandomPurpose.Noise, pass).Generator();
        return new Target(Tensor.Randn(_shape, generator));
    }

    public Tensor Loss(TrainingBatch batch, long pass, LossStatistics statistics)
    {
        using var scope = TensorScope.Begin();
        Passes.Add(pass);
        var loss = (_weight - ((Target)batch).Values).Square().Mean();
        if (pass == OverflowingPass) loss += (_weight * 0.0).Sqrt().Sum();
        return scope.Keep(pass == PoisonedPass ? loss * double.NaN : loss);
    }

    public void Export(string folder, long step) => Exports.Add(step);

    public Image? Sheet() => null;

    public void Dispose() => _weight.Dispose();

    sealed class Target(Tensor values) : TrainingBatch
    {
        public Tensor Values { get; } = values;

        protected override void Dispose(bool disposing) => Values.Dispose();
    }
}
