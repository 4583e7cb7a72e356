using System.Numerics;
using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>An exponential moving average of parameters, in fp32 whatever they are; it begins as their copy.</summary>
public sealed class MovingAverage : IDisposable
{
    readonly EmaDecay _decay;
    readonly (TrainedTensor Parameter, Tensor Average)[] _pairs;
    readonly List<(Tensor Parameter, Tensor Value)> _aside = [];

    /// <summary>Copies the parameters.</summary>
    /// <param name="parameters">What to average.</param>
    /// <param name="decay">How much each step keeps.</param>
    public MovingAverage(IEnumerable<TrainedTensor> parameters, EmaDecay decay)
    {
        _decay = decay;
        using var off = GradMode.Disable();
        _pairs = [.. parameters.Select(p => (p, Copy(p.Value)))];
    }

    /// <summary>Number of updates made.</summary>
    public long StepCount { get; set; }

    /// <summary>The averages under their parameters' names; they belong to this object.</summary>
    public IEnumerable<TrainedTensor> State => _pairs.Select(pair => new TrainedTensor(pair.Parameter.Name, pair.Average));

    /// <summary>Takes the parameters in as they are now.</summary>
    public void Update()
    {
        using var off = GradMode.Disable();
        var take = 1 - _decay.At(++StepCount);
        var elsewhere = new List<(Tensor Average, Tensor Value)>();
        foreach (var (parameter, average) in _pairs)
        {
            if (FlatSpans.Reaches(average, parameter.Value))
                FlatSpans.Run(average, parameter.Value, (a, p) => Blend(a, p, (float)take));
            else
                elsewhere.Add((average, parameter.Value));
        }

        using var scope = TensorScope.Begin();
        foreach (var device in elsewhere.GroupBy(pair => pair.Average.Device))
        {
            Tensor[] averages = [.. device.Select(pair => pair.Average)];
            Foreach.MulInPlace(averages, 1 - take);
            Foreach.AddInPlace(averages, [.. device.Select(pair => pair.Value.To(ScalarType.Float32))], take);
        }
    }

    /// <summary>Exchanges averages and parameters; a second call undoes the first. For sampling with the averages. Parameters of a smaller
    /// type show the averages rounded, which themselves stay.</summary>
    public void Swap()
    {
        using var off = GradMode.Disable();
        var back = _aside.Count > 0;
        PutBack();
        foreach (var (parameter, average) in _pairs)
        {
            if (parameter.Value.DType == ScalarType.Float32)
            {
                using var kept = Copy(average);
                average.CopyInPlace(parameter.Value);
                parameter.Value.CopyInPlace(kept);
            }
            else if (!back)
            {
                using var detached = parameter.Value.Detach();
                _aside.Add((parameter.Value, TensorScope.Release(detached.Clone())));
                parameter.Value.CopyInPlace(average);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, average) in _pairs) average.Dispose();
        foreach (var (_, value) in _aside) value.Dispose();
    }

    void PutBack()
    {
        foreach (var (parameter, value) in _aside)
        {
            parameter.CopyInPlace(value);
            value.Dispose();
        }

        _aside.Clear();
    }

    static Tensor Copy(Tensor value)
    {
        using var scope = TensorScope.Begin();
        return TensorScope.Release(value.Detach().Clone().To(ScalarType.Float32));
    }

    static void Blend(Span<float> average, ReadOnlySpan<float> value, float take)
    {
        var averages = MemoryMarshal.Cast<float, Vector<float>>(average);
        var values = MemoryMarshal.Cast<float, Vector<float>>(value);
        for (var i = 0; i < averages.Length; i++) averages[i] -= (averages[i] - values[i]) * take;
        for (var i = averages.Length * Vector<float>.Count; i < average.Length; i++)
            average[i] -= (average[i] - value[i]) * take;
    }
}
