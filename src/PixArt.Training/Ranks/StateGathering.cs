using System.Globalization;
using PixArt.Torch;
using PixArt.Training.Optimization;

namespace PixArt.Training.Ranks;

/// <summary>The optimizer's state of all processes on rank 0, in its memory, for a checkpoint that any number of processes can load.</summary>
sealed class StateGathering : IDisposable
{
    readonly List<TrainedTensor> _state;
    readonly List<Tensor> _received = [];

    StateGathering(IEnumerable<TrainedTensor> state) => _state = [.. state];

    /// <summary>All of it on rank 0; elsewhere none.</summary>
    public IReadOnlyList<TrainedTensor> State => _state;

    /// <summary>Gathers the parts of a sharded optimizer; where all processes have the same, that of rank 0 is all.</summary>
    public static StateGathering Of(IOptimizer optimizer, TrainingRanks ranks)
    {
        if (optimizer is not ShardedOptimizer) return new(ranks.IsFirst ? optimizer.State : []);
        var own = optimizer.State.ToArray();
        var gathering = new StateGathering(ranks.IsFirst ? own : []);
        // Numbers that belong to no parameter are the same everywhere: the first ones are kept.
        var known = own.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var all = ranks.Gather(string.Join('\n', own.Select(Describe)));
        for (var rank = 1; rank < all.Length; rank++) gathering.Receive(ranks, rank, own, all[rank], known);
        return gathering;
    }

    public void Dispose()
    {
        foreach (var tensor in _received) tensor.Dispose();
    }

    void Receive(TrainingRanks ranks, int rank, TrainedTensor[] own, string described, HashSet<string> known)
    {
        var lines = described.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < lines.Length; i++)
        {
            using var scope = TensorScope.Begin();
            var (name, type, shape) = Read(lines[i]);
            var bytes = ranks.Rank == rank
                ? own[i].Value.Detach().Cpu().Contiguous().Reshape(-1).View(ScalarType.UInt8)
                : Tensor.Empty([shape.Aggregate((long)type.ByteSize(), (product, size) => product * size)], ScalarType.UInt8);
            ranks.Hand(bytes, rank);
            if (!ranks.IsFirst || !known.Add(name)) continue;
            _received.Add(TensorScope.Release(bytes.View(type).Reshape(shape)));
            _state.Add(new(name, _received[^1]));
        }
    }

    static string Describe(TrainedTensor tensor) =>
        string.Join('\t', tensor.Name, tensor.Value.DType, string.Join(',', tensor.Value.Shape.Select(size => size.ToString(CultureInfo.InvariantCulture))));

    static (string Name, ScalarType Type, long[] Shape) Read(string line)
    {
        var fields = line.Split('\t');
        var shape = fields[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(size => long.Parse(size, CultureInfo.InvariantCulture));
        return (fields[0], Enum.Parse<ScalarType>(fields[1]), [.. shape]);
    }
}
