using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Adapters;

/// <summary>
/// Adapters merged into a model in memory, and out of it again. The changed parameters' own values are kept, so that
/// <see cref="Undo"/> restores them to the last bit (subtracting the change would not); that takes their memory once more.
/// </summary>
public sealed class AdapterMerge : IDisposable
{
    readonly ParameterStore _store;
    readonly Dictionary<string, Tensor> _own = new(StringComparer.Ordinal);

    /// <summary>Merges.</summary>
    /// <param name="store">The model's parameters; they are written to, and must outlive this object.</param>
    /// <param name="stack">Adapters fitted to them.</param>
    /// <exception cref="InvalidSettingException">A parameter is held as integers; nothing is changed.</exception>
    public AdapterMerge(ParameterStore store, AdapterStack stack)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(stack);
        _store = store;
        Reports = stack.Reports;
        try
        {
            using var off = GradMode.Disable();
            foreach (var name in stack.Parameters) Merge(name, stack);
        }
        catch
        {
            Undo();
            throw;
        }
    }

    /// <summary>What was merged.</summary>
    public IReadOnlyList<AdapterReport> Reports { get; }

    /// <summary>Gives the parameters their own values back, bit for bit; a second call does nothing.</summary>
    public void Undo()
    {
        using var off = GradMode.Disable();
        foreach (var (name, own) in _own) _store[name].CopyInPlace(own);
        Dispose();
    }

    /// <summary>Frees the kept values; what is merged stays merged.</summary>
    public void Dispose()
    {
        foreach (var own in _own.Values) own.Dispose();
        _own.Clear();
    }

    void Merge(string name, AdapterStack stack)
    {
        using var scope = TensorScope.Begin();
        var parameter = _store[name];
        if (!parameter.DType.IsFloatingPoint())
            throw new InvalidSettingException($"type of parameter '{name}'", parameter.DType, "a floating-point type; quantised weights take adapters while they are loaded");
        var adapted = stack.Apply(name, parameter);
        _own.Add(name, TensorScope.Release(parameter.Detach().Clone()));
        parameter.CopyInPlace(adapted);
    }
}
