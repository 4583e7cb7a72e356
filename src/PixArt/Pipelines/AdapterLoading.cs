using PixArt.Adapters;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>The adapters of one transformer, opened and fitted to its weights.</summary>
sealed class AdapterLoading : IDisposable
{
    readonly List<Adapter> _adapters = [];
    readonly AdapterStack _stack;

    AdapterLoading(IReadOnlyList<AdapterChoice> choices, WeightsSource weights)
    {
        try
        {
            foreach (var choice in choices) _adapters.Add(Adapter.Open(choice.Path));
            _stack = new(_adapters.Zip(choices, (adapter, choice) => (adapter, choice.Weight)), AdapterStack.ParametersOf(weights));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Opens them; null when there are none.</summary>
    /// <exception cref="PixArtException">One is missing, damaged, or does not fit.</exception>
    public static AdapterLoading? Open(IReadOnlyList<AdapterChoice> choices, WeightsSource weights) =>
        choices.Count == 0 ? null : new(choices, weights);

    /// <summary>Reads names and shapes, nothing else, and tells what each adapter would do.</summary>
    /// <inheritdoc cref="Open"/>
    public static IReadOnlyList<AdapterReport> Check(ComponentFolder folder, IReadOnlyList<AdapterChoice> choices, string? variant)
    {
        if (choices.Count == 0) return [];
        using var weights = folder.OpenWeights(variant);
        using var opened = Open(choices, weights);
        return opened!._stack.Reports;
    }

    /// <summary>The transformer's weights with the adapters in them.</summary>
    public IParameterSource Into(IParameterSource weights) => new AdaptedSource(weights, _stack);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var adapter in _adapters) adapter.Dispose();
    }
}
