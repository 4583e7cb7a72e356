using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Parameters, and the tensors that an optimizer keeps for each.</summary>
sealed class ParameterStates : IDisposable
{
    readonly (TrainedTensor Parameter, TrainedTensor[] State, Tensor[] Tensors)[] _slots;

    /// <param name="parameters">What is trained.</param>
    /// <param name="begin">The state of one, by names of its own; owned by this object from then on.</param>
    public ParameterStates(IEnumerable<TrainedTensor> parameters, Func<Tensor, IReadOnlyList<TrainedTensor>> begin)
    {
        using var off = GradMode.Disable();
        _slots = [.. parameters.Select(parameter => Slot(parameter, begin(parameter.Value)))];
    }

    /// <summary>The state of all, by names that are unique in the run.</summary>
    public IEnumerable<TrainedTensor> All => _slots.SelectMany(slot => slot.State);

    /// <summary>Visits every parameter that has a gradient.</summary>
    /// <param name="gradientScale">Multiplies the gradients.</param>
    /// <param name="visit">Is given the parameter, its gradient in fp32 and its state. What it makes is disposed.</param>
    public void VisitGradients(double gradientScale, Action<TrainedTensor, Tensor, IReadOnlyList<Tensor>> visit)
    {
        using var off = GradMode.Disable();
        foreach (var (parameter, _, state) in _slots)
        {
            using var scope = TensorScope.Begin();
            if (parameter.Value.Grad is not { } stored) continue;
            var gradient = stored.DType == ScalarType.Float32 ? stored : stored.To(ScalarType.Float32);
            visit(parameter, gradientScale == 1 ? gradient : gradient * gradientScale, state);
        }
    }

    /// <summary>Visits every parameter.</summary>
    public void Visit(Action<TrainedTensor, IReadOnlyList<Tensor>> visit)
    {
        using var off = GradMode.Disable();
        foreach (var (parameter, _, state) in _slots)
        {
            using var scope = TensorScope.Begin();
            visit(parameter, state);
        }
    }

    public void Dispose()
    {
        foreach (var (_, _, tensors) in _slots)
            foreach (var tensor in tensors)
                tensor.Dispose();
    }

    static (TrainedTensor Parameter, TrainedTensor[] State, Tensor[] Tensors) Slot(TrainedTensor parameter, IReadOnlyList<TrainedTensor> state) => (
        parameter,
        [.. state.Select(tensor => new TrainedTensor($"{tensor.Name}.{parameter.Name}", tensor.Value))],
        [.. state.Select(tensor => TensorScope.Release(tensor.Value))]);
}
