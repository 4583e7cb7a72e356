using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Changes parameters in fp32 and writes those of bfloat16 back rounded up or down at random, so that the value is kept on
/// average: changes below the last bit are not lost (Gupta et al. 2015; Zamirai et al. 2020). The draws follow from the run's
/// seed, the step and the parameter's name alone, so a resumed run rounds as the uninterrupted one does, and so does a part of the
/// parameters that is stepped by itself.</summary>
/// <param name="seed">The run's seed.</param>
sealed class StochasticRounding(ulong seed)
{
    /// <summary>Bits of an fp32 number that a bfloat16 lacks.</summary>
    const int LostBits = 16;

    /// <summary>Changes a parameter.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="step">Number of the step.</param>
    /// <param name="change">Is given the values in fp32 and changes them in place.</param>
    public void Change(TrainedTensor parameter, long step, Action<Tensor> change)
    {
        if (parameter.Value.DType == ScalarType.Float32)
        {
            change(parameter.Value);
            return;
        }

        using var scope = TensorScope.Begin();
        var wide = parameter.Value.To(ScalarType.Float32);
        change(wide);
        using var generator = new RandomKey(seed, RandomPurpose.Rounding, step, HashOf(parameter.Name)).Generator(wide.Device);
        parameter.Value.CopyInPlace(Round(wide, generator));
    }

    /// <summary>fp32 values of which each is a bfloat16: one of the two neighbours, the nearer the likelier.</summary>
    internal static Tensor Round(Tensor values, Generator generator)
    {
        using var scope = TensorScope.Begin();
        // A random number below the kept bits carries into them with the probability that is left of the value there.
        var noise = Tensor.RandInt(0, 1 << LostBits, values.Shape, generator, values.Device, ScalarType.Int32);
        return scope.Keep((values.Contiguous().View(ScalarType.Int32) + noise).BitwiseAnd(-1L << LostBits).View(ScalarType.Float32));
    }

    // FNV-1a: the same in every process.
    static int HashOf(string name)
    {
        var hash = 2166136261;
        foreach (var letter in name) hash = (hash ^ letter) * 16777619;
        return unchecked((int)hash);
    }
}
