using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

/// <summary>Tensors of goldens.</summary>
static class GoldenTensors
{
    public static float[] Floats(this Golden golden, string tensor) =>
        Array.ConvertAll(golden.Doubles(tensor), v => (float)v);

    public static Tensor Load(this Golden golden, string tensor) =>
        Tensor.FromArray(golden.Floats(tensor), golden.Shape(tensor));

    public static double[] Doubles(this Tensor tensor) => Array.ConvertAll(tensor.ToArray<float>(), v => (double)v);
}
