using PixArt.Torch;

namespace PixArt.Models;

/// <summary>Takes padding out of a batch of captions. Text tokens have no positions of their own in cross-attention, so a dropped
/// token and a masked one give the same result; a dropped one costs nothing.</summary>
internal static class CaptionTokens
{
    /// <summary>What diffusers adds to the scores of masked tokens.</summary>
    internal const double Masked = -10_000;

    /// <summary>[B, L, C] and a mask -> [B, longest, C], the bias [B, 1, 1, longest] still needed, if any, and how many tokens of each caption are
    /// meant (0: everything is masked, and so everything is seen; null: a soft mask or a bias says how much of each).</summary>
    internal static (Tensor Tokens, Tensor? Bias, int[]? Lengths) DropPadding(Tensor captions, Tensor? mask)
    {
        if (mask is null) return (captions, null, [.. Enumerable.Repeat((int)captions.Size(1), (int)captions.Size(0))]);
        var (batch, length) = (captions.Size(0), captions.Size(1));
        if (mask.Size(0) != batch || mask.Size(-1) != length || mask.Rank is not (2 or 3))
            throw new InvalidSettingException("captionMask", TokenGrid.Text(mask), $"[{batch}, {length}] or [{batch}, 1, {length}]");
        if (mask.Rank == 3) return (captions, mask.To(captions.Device, captions.DType).Unsqueeze(1), null); // already a bias

        var values = mask.To(Device.Cpu, ScalarType.Float32).Contiguous().ToArray<float>();
        if (values.Any(value => value is not (0 or 1)))                                               // a soft mask
            return (captions, ((1 - mask.To(captions.Device, captions.DType)) * Masked).Unsqueeze(1).Unsqueeze(1), null);

        var kept = Enumerable.Range(0, (int)batch).Select(row => Kept(values.AsSpan(row * (int)length, (int)length))).ToArray();
        var longest = kept.Max(row => row.Length == 0 ? (int)length : row.Length);
        var indices = new long[batch * longest];
        var bias = new float[batch * longest];
        for (var row = 0; row < batch; row++)
            for (var i = 0; i < longest; i++)
            {
                var real = i < kept[row].Length;
                // Nothing real: diffusers' finite mask shifts all scores alike, so every token is seen.
                indices[row * longest + i] = row * length + (real ? kept[row][i] : kept[row].Length == 0 ? i : 0);
                bias[row * longest + i] = real ? 0 : (float)Masked;
            }
        return (Gather(captions, indices, longest, kept),
            Array.TrueForAll(bias, value => value == 0) ? null
            : Tensor.FromArray(bias, batch, 1, 1, longest).To(captions.Device, captions.DType),
            Array.ConvertAll(kept, row => row.Length));
    }

    static Tensor Gather(Tensor captions, long[] indices, int longest, int[][] kept)
    {
        if (Array.TrueForAll(kept, row => row.Length == 0 || row[^1] == row.Length - 1)) // padding at the right: no copy
            return captions.Narrow(1, 0, longest);
        var (batch, channels) = (captions.Size(0), captions.Size(2));
        var index = Tensor.FromArray(indices, batch * longest).To(captions.Device);
        return captions.Reshape(-1, channels).IndexSelect(0, index).View(batch, longest, channels);
    }

    static int[] Kept(ReadOnlySpan<float> row)
    {
        var kept = new List<int>(row.Length);
        for (var i = 0; i < row.Length; i++)
            if (row[i] != 0) kept.Add(i);
        return [.. kept];
    }
}
