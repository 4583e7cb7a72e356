using PixArt.Diffusion;
using PixArt.Torch;
using PixArt.Training.Checkpoints;

namespace PixArt.Training;

/// <summary>Running means of the loss and its parts since the last line of metrics.</summary>
sealed class LossStatistics : IDisposable
{
    /// <summary>Timesteps of one bucket.</summary>
    const int BucketSteps = 100;

    /// <summary>How much of the smoothed loss a step keeps.</summary>
    const double Smoothing = 0.99;

    readonly SortedDictionary<string, LossTerm> _terms = new(StringComparer.Ordinal);
    readonly List<(Tensor Values, Action<float[]> Take)> _later = [];

    readonly List<string> _unusable = [];

    /// <summary>Samples whose loss is no number, as <see cref="AddBuckets"/> was told their names.</summary>
    public IReadOnlyList<string> Unusable => _unusable;

    /// <summary>Running mean of the loss over about a hundred steps.</summary>
    public double? Smoothed { get; private set; }

    /// <summary>Means by name.</summary>
    public IEnumerable<(string Name, double Mean)> Means => _terms.Select(term => (term.Key, term.Value.Sum / term.Value.Count));

    /// <summary>Takes the loss of a whole step in.</summary>
    public void AddStep(double loss)
    {
        Smoothed = Smoothed is { } before ? (before * Smoothing) + (loss * (1 - Smoothing)) : loss;
        Add("loss", loss);
    }

    /// <summary>Takes a part of the loss in; what is no number stops the run, and has no place in the means of its checkpoint.</summary>
    public void Add(string name, double value)
    {
        if (!double.IsFinite(value)) return;
        if (!_terms.TryGetValue(name, out var term)) _terms[name] = term = new();
        term.Sum += value;
        term.Count++;
    }

    /// <summary>Takes values in that were summed elsewhere.</summary>
    public void Add(string name, LossTerm values)
    {
        if (!_terms.TryGetValue(name, out var term)) _terms[name] = term = new();
        term.Sum += values.Sum;
        term.Count += values.Count;
    }

    /// <summary>Takes losses of single samples in, by their timesteps, once they are settled.</summary>
    /// <param name="name">What stands before the timestep.</param>
    /// <param name="losses">[B].</param>
    /// <param name="timesteps">B timesteps.</param>
    /// <param name="interval">Those that count.</param>
    /// <param name="nameOf">What to call a sample whose loss is no number; null: nothing.</param>
    public void AddBuckets(
        string name, Tensor losses, IReadOnlyList<long> timesteps, TimestepInterval interval, Func<int, string>? nameOf = null) => AddLater(losses, values =>
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (nameOf is not null && !float.IsFinite(values[i])) _unusable.Add(nameOf(i));
            if (timesteps[i] >= interval.Low && timesteps[i] < interval.High) Add($"{name}{timesteps[i] / BucketSteps * BucketSteps:D3}", values[i]);
        }
    });

    /// <summary>Takes values in when <see cref="Settle"/> is called: reading them at once would make the host wait for the device
    /// before it has given it the backward pass.</summary>
    /// <param name="values">What is read then; it stays the caller's.</param>
    /// <param name="take">Is given the values.</param>
    public void AddLater(Tensor values, Action<float[]> take) => _later.Add((TensorScope.Release(values.Detach()), take));

    /// <summary>Takes in what waits.</summary>
    public void Settle()
    {
        foreach (var (values, take) in _later)
        {
            take(values.ToArray<float>());
            values.Dispose();
        }

        _later.Clear();
    }

    /// <summary>Forgets what waits.</summary>
    public void Dispose()
    {
        foreach (var (values, _) in _later) values.Dispose();
        _later.Clear();
    }

    /// <summary>Begins anew; the smoothed loss goes on.</summary>
    public void Clear() => _terms.Clear();

    public LossState ToState() => new()
    {
        Smoothed = Smoothed,
        Terms = _terms.ToDictionary(t => t.Key, t => t.Value with { }, StringComparer.Ordinal),
    };

    public void Restore(LossState state)
    {
        Smoothed = state.Smoothed;
        _terms.Clear();
        foreach (var (name, term) in state.Terms) _terms[name] = term with { };
    }
}
