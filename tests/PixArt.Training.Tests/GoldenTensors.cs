using PixArt.TestKit;
using PixArt.Torch;

namespace PixArt.Training.Tests;

static class GoldenTensors
{
    public static Tensor Tensor(this Golden golden, string name) => golden.Tensors[name].Type is Weights.StoredType.I64
        ? Torch.Torch.FromArray(Array.ConvertAll(golden.Doubles(name), v => (long)v), golden.Shape(name))
        : Torch.Torch.FromArray(Array.ConvertAll(golden.Doubles(name), v => (float)v), golden.Shape(name));

    public static double[] ToDoubles(this Tensor tensor) => Array.ConvertAll(tensor.Detach().ToArray<float>(), v => (double)v);
}
