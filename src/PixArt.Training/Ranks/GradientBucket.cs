using PixArt.Torch;
using PixArt.Torch.Distributed;
using PixArt.Training.Optimization;

namespace PixArt.Training.Ranks;

/// <summary>Gradients that are summed over all processes in one go: side by side in one fp32 tensor, and behind them how many processes
/// have each.</summary>
sealed class GradientBucket
{
    readonly TrainedTensor[] _members;
    readonly long[] _offsets;
    readonly long _count;
    Tensor? _flat;
    PendingWork? _work;

    public GradientBucket(IReadOnlyList<int> numbers, IReadOnlyList<TrainedTensor> parameters)
    {
        Numbers = numbers;
        _members = [.. numbers.Select(number => parameters[number])];
        _offsets = new long[_members.Length];
        for (var i = 0; i < _members.Length; i++)
        {
            _offsets[i] = _count;
            _count += _members[i].Value.Count;
        }
    }

    /// <summary>Places of the bucket's parameters among all.</summary>
    public IReadOnlyList<int> Numbers { get; }

    public bool IsSent => _flat is not null;

    /// <summary>Takes the parameters' gradients and begins to sum them.</summary>
    public void Send(ProcessGroup group)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var device = _members[0].Value.Device;
        var flat = TensorScope.Release(Tensor.Zeros([_count + _members.Length], device: device));
        var owned = new float[_members.Length];
        for (var i = 0; i < _members.Length; i++)
        {
            if (_members[i].Value.Grad is not { } gradient) continue;
            flat.Narrow(0, _offsets[i], gradient.Count).View(gradient.Shape).CopyInPlace(gradient);
            owned[i] = 1;
            _members[i].Value.Grad = null;
        }

        flat.Narrow(0, _count, owned.Length).CopyInPlace(Tensor.FromArray(owned, owned.Length));
        (_flat, _work) = (flat, group.AllReduce(flat));
    }

    /// <summary>Waits for the sums and gives them to the parameters, divided by the number of processes; a gradient that no process has
    /// stays none.</summary>
    /// <param name="world">That number.</param>
    /// <param name="add">Adds to the gradients that are there.</param>
    public void Receive(int world, bool add)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var flat = _flat!;
        using (var work = _work!) work.Wait();
        (_flat, _work) = (null, null);
        var owners = flat.Narrow(0, _count, _members.Length).ToArray<float>();
        flat.MulInPlace(1.0 / world);
        for (var i = 0; i < _members.Length; i++)
        {
            if (owners[i] == 0) continue;
            var value = _members[i].Value;
            var mean = flat.Narrow(0, _offsets[i], value.Count).View(value.Shape).To(value.DType);
            if (add && value.Grad is { } there) there.AddInPlace(mean);
            else value.Grad = mean;
        }
    }

    /// <summary>Forgets what was begun.</summary>
    public void Drop()
    {
        _work?.Dispose();
        _flat?.Dispose();
        (_flat, _work) = (null, null);
    }
}
