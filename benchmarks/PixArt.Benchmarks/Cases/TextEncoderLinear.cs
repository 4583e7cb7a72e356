using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Benchmarks.Cases;

/// <summary>T5-XXL's largest matrix times the tokens of a prompt, the weight held in different forms.</summary>
/// <param name="form"><c>fp32</c>: as computed; <c>bf16</c> and <c>int8</c>: expanded piece by piece; <c>bf16-whole</c>: expanded whole;
/// <c>bf16-native</c>: computed in bfloat16.</param>
internal sealed class TextEncoderLinear(string form) : IBenchmark
{
    private const int Tokens = 40, Inputs = 4096, Outputs = 10240;

    public string Name => $"t5-linear-{form}";

    public BenchmarkResult Run()
    {
        using var generator = new Generator(0);
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Randn([Tokens, Inputs], generator), wide = Tensor.Randn([Outputs, Inputs], generator);
        Tensor half = wide.To(ScalarType.BFloat16), small = x.To(ScalarType.BFloat16);
        (Tensor integers, Tensor scale) = Quantization.Quantize(wide);
        Action run = form switch
        {
            "fp32" => () => Functional.Linear(x, wide).Dispose(),
            "bf16" => () => Functional.ExpandedLinear(x, half, null, null).Dispose(),
            "int8" => () => Functional.ExpandedLinear(x, integers, scale, null).Dispose(),
            "bf16-whole" => () =>
            {
                using Tensor whole = half.To(ScalarType.Float32);
                Functional.Linear(x, whole).Dispose();
            }
            ,
            _ => () => Functional.Linear(small, half).Dispose(),
        };
        return Measure.Case(Name, 2.0 * Tokens * Inputs * Outputs, run, minSeconds: 1);
    }
}
