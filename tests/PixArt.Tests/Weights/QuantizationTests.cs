using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;
using static PixArt.Torch.Tensor;

namespace PixArt.Tests.Weights;

public sealed class QuantizationTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static Tensor Random(long rows, long columns)
    {
        using var generator = new Generator(7);
        return Randn([rows, columns], generator);
    }

    [Fact]
    public void An_element_is_off_by_half_a_scale_at_most()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var matrix = Random(40, 300) * Arange(1, 41).Reshape(40, 1);
        var (integers, scale) = Quantization.Quantize(matrix);
        Assert.Equal((ScalarType.Int8, ScalarType.Float32), (integers.DType, scale.DType));
        Assert.Equal([40L, 1], scale.Shape);
        var error = (Functional.Dequantize(integers, scale, ScalarType.Float32) - matrix).Abs().Amax([1], keepDim: true);
        Assert.All(error.ToArray<float>().Zip(scale.ToArray<float>()), pair => Assert.True(pair.First <= pair.Second * 0.50001f));
        Assert.Equal(127, integers.To(ScalarType.Float32).Abs().Max().Item<float>());
    }

    [Fact]
    public void A_product_is_off_by_half_a_scale_of_the_inputs_sum_at_most()
    {
        using var scope = TensorScope.Begin();
        var (matrix, x) = (Random(40, 300), Random(5, 300));
        var (integers, factors) = Quantization.Quantize(matrix);
        var error = (Functional.ExpandedLinear(x, integers, factors, null) - Functional.Linear(x, matrix)).Abs();
        var bound = x.Abs().Sum([1], keepDim: true) * factors.Reshape(1, 40) * 0.5;
        Assert.All(error.ToArray<float>().Zip(bound.ToArray<float>()), pair => Assert.True(pair.First <= pair.Second));
        Close.Assert(Functional.Linear(x, matrix), Functional.ExpandedLinear(x, integers, factors, null), 0.01, "typical");
    }

    [Fact]
    public void Zeros_stay_zeros_and_the_largest_element_is_exact()
    {
        using var scope = TensorScope.Begin();
        var (integers, scale) = Quantization.Quantize(FromArray([0f, 0, 0, 1, -254, 3], 2, 3));
        Assert.Equal([0f, 0, 0, 0, -254, 4], Functional.Dequantize(integers, scale, ScalarType.Float32).ToArray<float>());
        Assert.Equal([1f, 2], scale.ToArray<float>());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_no_number_is_refused(float value)
    {
        using var scope = TensorScope.Begin();
        Assert.Equal("matrix is 'an infinite element, or one that is not a number', expected finite elements",
            Assert.Throws<InvalidSettingException>(() => Quantization.Quantize(FromArray([1f, value], 1, 2))).Message);
    }

    [Fact]
    public void What_is_no_matrix_of_fractions_is_refused()
    {
        using var scope = TensorScope.Begin();
        string Message(Tensor tensor) => Assert.Throws<InvalidSettingException>(() => Quantization.Quantize(tensor)).Message;
        Assert.EndsWith(", expected a floating-point matrix [rows, columns]", Message(Zeros([2])), StringComparison.Ordinal);
        Assert.EndsWith(", expected a floating-point matrix [rows, columns]", Message(Zeros([2, 2], ScalarType.Int8)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, ScalarType.Float32, 1e-6)]
    [InlineData(3, ScalarType.BFloat16, 2e-2)]
    [InlineData(1030, ScalarType.Float32, 1e-6)] // many tokens: expanded whole
    public void A_layer_over_integers_computes_with_what_they_stand_for(long tokens, ScalarType dtype, double tolerance)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var (integers, scale) = Quantization.Quantize(Random(1000, 1100)); // more than one piece
        SafetensorsWriter.Write(_folder["q"], new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["l.weight"] = integers, ["l.weight_scale"] = scale, ["l.bias"] = Arange(0, 1000) / 1000 });
        using var source = WeightsSource.Open(_folder["q"]);
        Assert.True(source.IsQuantized);
        using var stored = new ParameterStore(source, dtype, keepStored: true);
        using var dense = new ParameterStore(source);
        var (small, whole) = (new Linear(stored.Root.Sub("l"), 1100, 1000), new Linear(dense.Root.Sub("l"), 1100, 1000));
        Assert.Equal((ScalarType.Int8, true), (small.Weight.DType, small.IsExpanded));
        Assert.Equal((ScalarType.Float32, false), (whole.Weight.DType, whole.IsExpanded));
        source.EnsureAllUsed();
        var x = Random(tokens, 1100);
        Close.Assert(whole.Forward(x), small.Forward(x.To(dtype)), tolerance, "product");
        Close.Assert(whole.Weight, small.Dense(ScalarType.Float32), 0, "dense");
    }

    [Fact]
    public void Gradients_flow_through_a_layer_over_integers()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var (integers, scale) = Quantization.Quantize(Random(1000, 1100));
        var weight = Functional.Dequantize(integers, scale, ScalarType.Float32);
        Tensor Gradient(Func<Tensor, Tensor> layer)
        {
            var x = Random(3, 1100);
            x.RequiresGrad = true;
            layer(x).Square().Mean().Backward();
            return x.Grad!;
        }
        Close.Assert(Gradient(x => Functional.Linear(x, weight)), Gradient(x => Functional.ExpandedLinear(x, integers, scale, null)), 1e-5, "gradient");
    }

    [Fact]
    public void Memory_of_what_is_released_goes_back_and_the_elements_come_again()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(_folder["large"], [KeyValuePair.Create("a.w", Full([16 << 20], 3, ScalarType.Float32))]);
        using var source = WeightsSource.Open(_folder["large"]);
        var tensor = source.Load("a.w", [16 << 20], ScalarType.Float32, Device.Cpu)!;
        using var owned = tensor;
        source.Prefetch("a.");
        Assert.Equal(3f * (16 << 20), tensor.Sum().Item<float>(), 3.0);
        var touched = MappedKilobytes();
        source.Release("b.");
        source.Release("a.");
        Assert.InRange(touched - MappedKilobytes(), 48 << 10, 80 << 10);
        Assert.Equal(3f * (16 << 20), tensor.Sum().Item<float>(), 3.0);
    }

    static long MappedKilobytes() => long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssFile:", StringComparison.Ordinal))[8..^2].Trim(),
        System.Globalization.CultureInfo.InvariantCulture);
}
