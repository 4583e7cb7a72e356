using PixArt.Torch;
using PixArt.Torch.Distributed;

namespace PixArt.Training.Ranks;

/// <summary>Copies tensors from the process that owns them to all others.</summary>
sealed class ParameterExchange(TrainingRanks ranks)
{
    const long PieceBytes = 25 << 20;

    /// <summary>Copies.</summary>
    /// <param name="owned">The tensors of each process; all processes have all of them, of the same shapes and types.</param>
    public void Hand(IReadOnlyList<Tensor[]> owned)
    {
        using var off = GradMode.Disable();
        var works = new List<(PendingWork Work, Tensor Flat, Tensor[] Members, bool IsOwn)>();
        for (var owner = 0; owner < owned.Count; owner++)
            foreach (var members in Pieces(owned[owner]))
            {
                using var scope = TensorScope.Begin();
                var flat = TensorScope.Release(Tensor.Cat([.. members.Select(Bytes)]));
                works.Add((ranks.Tensors.Broadcast(flat, owner), flat, members, owner == ranks.Rank));
            }

        foreach (var (work, flat, members, isOwn) in works)
        {
            using var scope = TensorScope.Begin();
            work.Wait();
            work.Dispose();
            if (!isOwn) Unpack(flat, members);
            flat.Dispose();
        }
    }

    static Tensor Bytes(Tensor tensor) => tensor.Detach().Contiguous().Reshape(-1).View(ScalarType.UInt8);

    static void Unpack(Tensor flat, Tensor[] members)
    {
        var start = 0L;
        foreach (var member in members)
        {
            var bytes = member.Count * member.DType.ByteSize();
            // A copy of its own: bytes in the middle of others need not be aligned.
            var values = flat.Narrow(0, start, bytes).Clone().View(member.DType).Reshape(member.Shape);
            member.CopyInPlace(values);
            start += bytes;
        }
    }

    static IEnumerable<Tensor[]> Pieces(Tensor[] tensors)
    {
        var piece = new List<Tensor>();
        var bytes = 0L;
        foreach (var tensor in tensors)
        {
            piece.Add(tensor);
            bytes += tensor.Count * tensor.DType.ByteSize();
            if (bytes < PieceBytes) continue;
            yield return [.. piece];
            piece.Clear();
            bytes = 0;
        }

        if (piece.Count > 0) yield return [.. piece];
    }
}
