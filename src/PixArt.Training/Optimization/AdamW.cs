using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019) in PyTorch's order of operations. Decay, moments
/// and step are one pass over memory: our own on the CPU, libtorch's fused operator on CUDA where it has one.</summary>
public sealed class AdamW : IOptimizer
{
    readonly AdamWOptions _options;
    readonly Slot[] _slots;
    readonly StochasticRounding _rounding;

    /// <summary>Makes zero moments for every parameter.</summary>
    /// <param name="parameters">What to train; fp32, or bfloat16 that is rounded stochastically.</param>
    /// <param name="options">Settings, or null for the defaults.</param>
    /// <param name="seed">The run's seed, for the rounding.</param>
    public AdamW(IEnumerable<TrainedTensor> parameters, AdamWOptions? options = null, ulong seed = 0)
    {
        (_options, _rounding) = (options ?? new(), new(seed));
        _slots = [.. parameters.Select(parameter => new Slot(parameter))];
    }

    /// <inheritdoc/>
    public long StepCount { get; set; }

    /// <inheritdoc/>
    public IEnumerable<TrainedTensor> State =>
        _slots.SelectMany(slot => new TrainedTensor[]
        {
            new("exp_avg." + slot.Parameter.Name, slot.First), new("exp_avg_sq." + slot.Parameter.Name, slot.Second),
        });

    /// <inheritdoc/>
    public void Step(double learningRate, double gradientScale = 1)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        StepCount++;
        var together = new List<(Slot Slot, Tensor Gradient)>();
        foreach (var slot in _slots)
        {
            if (slot.Parameter.Value.Grad is not { } gradient) continue;
            if (FlatSpans.Reaches(slot.Parameter.Value, gradient)) OnSpans(slot, gradient, learningRate, gradientScale);
            else if (IsFused(slot, gradient)) together.Add((slot, gradient));
            else OnTensors(slot, gradient, learningRate, gradientScale);
        }

        foreach (var device in together.GroupBy(entry => entry.Gradient.Device)) Fused([.. device], learningRate, gradientScale);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in _slots) slot.Dispose();
    }

    void OnSpans(Slot slot, Tensor gradient, double rate, double scale)
    {
        var step = new AdamWStep(_options, rate, scale, StepCount);
        FlatSpans.Run(
            slot.Parameter.Value, gradient, slot.First, slot.Second,
            (value, g, first, second) => step.Apply(value, g, first, second));
    }

    void OnTensors(Slot slot, Tensor gradient, double rate, double scale)
    {
        using var scope = TensorScope.Begin();
        var wide = gradient.To(ScalarType.Float32);
        var g = scale == 1 ? wide : wide * scale;
        _rounding.Change(slot.Parameter, StepCount, value => OnTensors(_options, value, g, slot.First, slot.Second, new(StepCount, rate)));
    }

    /// <summary>The step of one parameter, tensor by tensor.</summary>
    internal static void OnTensors(AdamWOptions options, Tensor value, Tensor gradient, Tensor first, Tensor second, UpdateMoment now)
    {
        using var scope = TensorScope.Begin();
        value.MulInPlace(1 - (now.Rate * options.WeightDecay));
        first.MulInPlace(options.Beta1).AddInPlace(gradient, 1 - options.Beta1);
        second.MulInPlace(options.Beta2).AddcmulInPlace(gradient, gradient, 1 - options.Beta2);
        var correction1 = 1 - Math.Pow(options.Beta1, now.Step);
        var correction2 = 1 - Math.Pow(options.Beta2, now.Step);
        var denominator = (second.Sqrt() / Math.Sqrt(correction2)) + options.Epsilon;
        value.AddcdivInPlace(first, denominator, -now.Rate / correction1);
    }

    static bool IsFused(Slot slot, Tensor gradient) =>
        gradient.Device.IsCuda && Foreach.HasFusedAdamW
        && gradient.DType == ScalarType.Float32 && slot.Parameter.Value.DType == ScalarType.Float32;

    void Fused((Slot Slot, Tensor Gradient)[] entries, double rate, double scale) => Foreach.AdamW(
        Array.ConvertAll(entries, entry => entry.Slot.Parameter.Value), Array.ConvertAll(entries, entry => entry.Gradient),
        Array.ConvertAll(entries, entry => entry.Slot.First), Array.ConvertAll(entries, entry => entry.Slot.Second),
        StepCount, rate, (_options.Beta1, _options.Beta2), _options.WeightDecay, _options.Epsilon, scale);

    sealed class Slot(TrainedTensor parameter) : IDisposable
    {
        public TrainedTensor Parameter { get; } = parameter;

        public Tensor First { get; } = FlatSpans.ZerosLike(parameter.Value);

        public Tensor Second { get; } = FlatSpans.ZerosLike(parameter.Value);

        public void Dispose()
        {
            First.Dispose();
            Second.Dispose();
        }
    }
}
