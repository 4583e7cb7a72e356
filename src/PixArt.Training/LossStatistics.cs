using PixArt.Training.Checkpoints;

namespace PixArt.Training;

/// <summary>Running means of the loss and its parts since the last line of metrics.</summary>
sealed class LossStatistics
{
    /// <summary>How much of the smoothed loss a step keeps.</summary>
    const double Smoothing = 0.99;

    readonly SortedDictionary<string, LossTerm> _terms = new(StringComparer.Ordinal);

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

    /// <summary>Takes a part of the loss in.</summary>
    public void Add(string name, double value)
    {
        if (!_terms.TryGetValue(name, out var term)) _terms[name] = term = new();
        term.Sum += value;
        term.Count++;
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
