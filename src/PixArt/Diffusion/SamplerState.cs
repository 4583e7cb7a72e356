using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// What a sampler remembers of one run. It owns its tensors whatever scopes are open around the steps; dispose it when the
/// run ends. Continuing with the same state, a run in parts is the run in one.
/// </summary>
public sealed class SamplerState : IDisposable
{
    // Newest first.
    readonly List<Tensor> _outputs = [];
    Tensor? _sample;
    Tensor? _extra;

    internal SamplerState(int begin) => NextIndex = begin;

    /// <summary>The step that comes next.</summary>
    public int NextIndex { get; internal set; }

    /// <summary>Steps taken in this run.</summary>
    internal int Taken { get; set; }

    /// <summary>The order of the last step, for solvers that correct it afterwards.</summary>
    internal int LastOrder { get; set; }

    /// <summary>The step that an adaptive solver tries; null: it is at the end, or no such solver.</summary>
    internal AdaptiveStep? Attempt { get; set; }

    /// <summary>Model outputs, or what the sampler made of them, newest first.</summary>
    internal IReadOnlyList<Tensor> Outputs => _outputs;

    /// <summary>The latents that an unfinished or to be corrected step began from.</summary>
    internal Tensor? Sample
    {
        get => _sample;
        set => Replace(ref _sample, value);
    }

    /// <summary>A second tensor of such a step: its noise, its derivative or a running sum.</summary>
    internal Tensor? Extra
    {
        get => _extra;
        set => Replace(ref _extra, value);
    }

    /// <summary>Remembers an output and forgets those beyond the newest <paramref name="keep"/>.</summary>
    internal void Push(Tensor output, int keep)
    {
        _outputs.Insert(0, Own(output));
        Trim(keep);
    }

    /// <summary>Forgets the newest output.</summary>
    internal void DropNewest()
    {
        _outputs[0].Dispose();
        _outputs.RemoveAt(0);
    }

    internal void Trim(int keep)
    {
        for (var i = _outputs.Count - 1; i >= keep; i--)
        {
            _outputs[i].Dispose();
            _outputs.RemoveAt(i);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Trim(0);
        Sample = null;
        Extra = null;
    }

    static void Replace(ref Tensor? slot, Tensor? value)
    {
        var old = slot;
        slot = value is null ? null : Own(value);
        old?.Dispose();
    }

    // A handle of its own on the same memory: the caller's disposal does not end it, nor does a scope.
    static Tensor Own(Tensor tensor) => TensorScope.Release(tensor.Detach());
}
