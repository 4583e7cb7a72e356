using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Numbers in 8 bits (Dettmers et al. 2022): blocks of 256 are divided by their largest magnitude, and each is stored as the place
/// of the nearest value in a table whose values lie closer together near 0 ("dynamic": a sign, up to seven decimal exponents, the
/// bits left for the fraction). Tables and blocks are bitsandbytes'.</summary>
sealed class BlockQuantization
{
    /// <summary>Elements of a block.</summary>
    public const int BlockSize = 256;

    const int Exponents = 7;
    readonly float[] _table;
    readonly int _zero;

    BlockQuantization(bool signed)
    {
        _table = Table(signed);
        _zero = Array.IndexOf(_table, 0f);
    }

    /// <summary>For numbers of either sign.</summary>
    public static BlockQuantization Signed { get; } = new(true);

    /// <summary>For numbers of 0 and above.</summary>
    public static BlockQuantization Unsigned { get; } = new(false);

    /// <summary>256 values from -1 or 0 to 1, ascending.</summary>
    public IReadOnlyList<float> Values => _table;

    /// <summary>Codes of zeros, in the shape of a parameter, and magnitudes of its blocks.</summary>
    public (Tensor Codes, Tensor Magnitudes) Zeros(Tensor like) => (
        Tensor.Full(like.Shape, _zero, ScalarType.UInt8, like.Device),
        Tensor.Zeros([(like.Count + BlockSize - 1) / BlockSize], ScalarType.Float32, like.Device));

    /// <summary>The numbers in fp32, in the shape of the codes.</summary>
    public Tensor Read(Tensor codes, Tensor magnitudes)
    {
        using var scope = TensorScope.Begin();
        var values = On(_table, codes.Device).IndexSelect(0, codes.Flatten().To(ScalarType.Int32));
        return scope.Keep((Blocks(values) * magnitudes.Unsqueeze(1)).Flatten().Narrow(0, 0, codes.Count).Reshape(codes.Shape));
    }

    /// <summary>Stores numbers.</summary>
    /// <param name="values">fp32, in the shape of the codes.</param>
    /// <param name="codes">Is overwritten.</param>
    /// <param name="magnitudes">Is overwritten.</param>
    public void Write(Tensor values, Tensor codes, Tensor magnitudes)
    {
        using var scope = TensorScope.Begin();
        var blocks = Blocks(values.Flatten());
        var largest = blocks.Abs().Amax([1]);
        magnitudes.CopyInPlace(largest);
        // A block of zeros is divided by 1.
        var scaled = blocks / Tensor.Where(largest.Gt(0), largest, Tensor.Ones([], device: values.Device)).Unsqueeze(1);
        var middles = new float[_table.Length - 1];
        for (var i = 0; i < middles.Length; i++) middles[i] = (_table[i] + _table[i + 1]) / 2;
        var nearest = scaled.Bucketize(On(middles, values.Device));
        // A negative number stays one, as in bitsandbytes.
        if (_zero > 0) nearest = nearest - nearest.Eq(_zero).LogicalAnd(scaled.Lt(0)).To(ScalarType.Int32);
        codes.CopyInPlace(nearest.Flatten().Narrow(0, 0, values.Count).Reshape(codes.Shape));
    }

    // [n] to [blocks, 256], padded with zeros.
    static Tensor Blocks(Tensor flat)
    {
        using var scope = TensorScope.Begin();
        var missing = (BlockSize - (flat.Count % BlockSize)) % BlockSize;
        return scope.Keep((missing == 0 ? flat : Functional.Pad(flat, [0, missing])).Reshape(-1, BlockSize));
    }

    static Tensor On(float[] values, Device device)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Tensor.FromArray(values, values.Length).To(device));
    }

    // Each power of ten from 1e-6 to 1 has twice as many fractions as the one below it: middles of equal parts of [0.1, 1].
    static float[] Table(bool signed)
    {
        List<float> values = [0, 1];
        for (var i = 0; i < Exponents; i++)
        {
            var parts = signed ? 1 << i : 1 << (i + 1);
            for (var part = 0; part < parts; part++)
            {
                var value = (float)(Math.Pow(10, i - (Exponents - 1)) * (0.1 + (0.9 * (part + 0.5) / parts)));
                values.Add(value);
                if (signed) values.Add(-value);
            }
        }

        // Signed values are 256 with 0 and 1; the unsigned ones as well.
        values.Sort();
        return [.. values];
    }
}
