using PixArt.TestKit;
using PixArt.Torch;

namespace PixArt.Training.Tests;

static class GoldenTensors
{
    /// <summary>A copy of a golden's tensor that belongs to the present scope.</summary>
    public static Tensor Read(this Golden golden, string name)
    {
        using var stored = golden.Tensor(name);
        return stored.Clone();
    }

    public static double[] ToDoubles(this Tensor tensor)
    {
        using var scope = TensorScope.Begin();
        return Array.ConvertAll(tensor.Detach().ToArray<float>(), v => (double)v);
    }
}
