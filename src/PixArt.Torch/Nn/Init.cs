namespace PixArt.Torch.Nn;

/// <summary>Initial values of parameters, as in <c>torch.nn.init</c>.</summary>
public static class Init
{
    /// <summary>Zeros.</summary>
    public static void Zeros(Tensor parameter, Generator? generator) => parameter.ZeroInPlace();

    /// <summary>Ones.</summary>
    public static void Ones(Tensor parameter, Generator? generator) => parameter.FillInPlace(1);

    /// <summary>One value.</summary>
    public static Initializer Constant(double value) => (parameter, _) => parameter.FillInPlace(value);

    /// <summary>Normal draws with mean 0.</summary>
    public static Initializer Normal(double std) => (parameter, generator) => parameter.NormalInPlace(0, std, generator);

    /// <summary>Uniform draws from [-bound, bound).</summary>
    public static Initializer Uniform(double bound) => (parameter, generator) => parameter.UniformInPlace(-bound, bound, generator);

    /// <summary>Glorot uniform over the parameter seen as [out, everything else].</summary>
    public static void XavierUniform(Tensor parameter, Generator? generator)
    {
        (double fanIn, double fanOut) = Fans(parameter);
        Uniform(Math.Sqrt(6 / (fanIn + fanOut)))(parameter, generator);
    }

    /// <summary>He uniform with a = √5: PyTorch's default for linear layers and convolutions, ±1/√fan-in.</summary>
    public static void KaimingUniform(Tensor parameter, Generator? generator) => Uniform(1 / Math.Sqrt(Fans(parameter).In))(parameter, generator);

    private static (double In, double Out) Fans(Tensor parameter)
    {
        long[] shape = parameter.Shape;
        double field = 1;
        for (int k = 2; k < shape.Length; k++) field *= shape[k];
        return (shape[1] * field, shape[0] * field);
    }
}
