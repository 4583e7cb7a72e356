using PixArt.Torch;
using PixArt.Torch.Distributed;
using PixArt.Training.Optimization;

namespace PixArt.Training.Ranks;

/// <summary>
/// Makes every process's gradients the mean over all. Buckets go out while backward still runs, each as soon as its last gradient is
/// whole. How often a parameter's gradient is added to in one pass (more than once where blocks are computed again) is learned in the
/// first step, which sends all buckets at its end; what comes later than learned is summed after the others.
/// </summary>
sealed class GradientReducer : IDisposable
{
    readonly IReadOnlyList<TrainedTensor> _parameters;
    readonly ProcessGroup _group;
    readonly GradientBucket[] _buckets;
    readonly int[] _bucketOf;
    readonly int[] _waitsFor;
    readonly int[] _added;
    readonly GradientHook[] _hooks;
    readonly Lock _gate = new();
    int[]? _expected;
    int _next;
    bool _isLast;

    /// <param name="parameters">Parameters in an order that all processes share.</param>
    /// <param name="group">The processes.</param>
    /// <param name="bucketBytes">About how many bytes of gradients make a bucket.</param>
    public GradientReducer(IReadOnlyList<TrainedTensor> parameters, ProcessGroup group, long bucketBytes)
    {
        (_parameters, _group) = (parameters, group);
        _buckets = [.. Cut(parameters, bucketBytes).Select(numbers => new GradientBucket(numbers, parameters))];
        _bucketOf = new int[parameters.Count];
        for (var b = 0; b < _buckets.Length; b++)
            foreach (var number in _buckets[b].Numbers) _bucketOf[number] = b;
        (_waitsFor, _added) = (new int[_buckets.Length], new int[parameters.Count]);
        _hooks = [.. parameters.Select((parameter, number) => new GradientHook(parameter.Value, () => Added(number)))];
    }

    /// <summary>Buckets that went out before their backward had ended, over all steps.</summary>
    public long SentEarly { get; private set; }

    /// <summary>Steps in which gradients came after their bucket had gone.</summary>
    public long LateSteps { get; private set; }

    /// <summary>Says that the next backward is the last of its step.</summary>
    public void Begin()
    {
        Array.Clear(_added);
        _next = 0;
        if (_expected is { } expected)
            for (var b = 0; b < _buckets.Length; b++) _waitsFor[b] = _buckets[b].Numbers.Count(number => expected[number] > 0);
        _isLast = true;
    }

    /// <summary>Waits until all gradients are the means.</summary>
    public void Finish(TrainingRanks ranks)
    {
        _isLast = false;
        for (; _next < _buckets.Length; _next++) _buckets[_next].Send(_group);
        _expected ??= [.. _added];
        var late = TakeGradients();
        foreach (var bucket in _buckets) bucket.Receive(_group.World, add: false);
        if (ranks.Any(Array.Exists(late, gradient => gradient is not null))) Add(late);
    }

    // Sums what came after its bucket had gone, on all processes, and learns anew.
    void Add(Tensor?[] late)
    {
        var means = TakeGradients();
        for (var i = 0; i < late.Length; i++) _parameters[i].Value.Grad = late[i];
        foreach (var bucket in _buckets) bucket.Send(_group);
        for (var i = 0; i < means.Length; i++) _parameters[i].Value.Grad = means[i];
        foreach (var bucket in _buckets) bucket.Receive(_group.World, add: true);
        (_expected, LateSteps) = (null, LateSteps + 1);
    }

    Tensor?[] TakeGradients()
    {
        var taken = new Tensor?[_parameters.Count];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = _parameters[i].Value.Grad;
            _parameters[i].Value.Grad = null;
        }

        return taken;
    }

    public void Dispose()
    {
        foreach (var hook in _hooks) hook.Dispose();
        foreach (var bucket in _buckets) bucket.Drop();
    }

    // Runs on the thread of the backward pass.
    void Added(int number)
    {
        lock (_gate)
        {
            _added[number]++;
            if (!_isLast || _expected is null || _added[number] != _expected[number]) return;
            _waitsFor[_bucketOf[number]]--;
            for (; _next < _buckets.Length && _waitsFor[_next] == 0; _next++)
            {
                _buckets[_next].Send(_group);
                SentEarly++;
            }
        }
    }

    // The last parameters' gradients come first.
    static IEnumerable<IReadOnlyList<int>> Cut(IReadOnlyList<TrainedTensor> parameters, long bucketBytes)
    {
        var numbers = new List<int>();
        var bytes = 0L;
        for (var number = parameters.Count - 1; number >= 0; number--)
        {
            numbers.Add(number);
            bytes += parameters[number].Value.Count * sizeof(float);
            if (bytes < bucketBytes && number > 0) continue;
            yield return numbers;
            (numbers, bytes) = ([], 0);
        }
    }
}
