using PixArt.Adapters;
using PixArt.Torch;

namespace PixArt.Tests.Adapters;

/// <summary>Merged weights against the published formulas, computed here in double precision.</summary>
public sealed class AdapterFormulaTests : IDisposable
{
    const string Layer = "transformer_blocks.1.ff.net.2"; // [12, 48]
    const int Rows = 12, Columns = 48;
    readonly LeakCheck _leak = new();
    readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _leak.Dispose();
    }

    [Theory]
    [InlineData(null, 1.0)]
    [InlineData(8f, 4.0)]
    public void LoRA_adds_its_product_times_alpha_over_rank(float? alpha, double scale)
    {
        var made = new AdapterBuilder().LowRank(Layer, Rows, Columns);
        if (alpha is { } given) made.Set($"{Layer}.alpha", [], given);
        Check(made, own => Matrix.Add(own, LowRank(made), scale));
    }

    [Fact]
    public void RsLoRA_divides_by_the_root_of_the_rank()
    {
        var made = new AdapterBuilder().LowRank(Layer, Rows, Columns);
        File.WriteAllText(_folder["adapter_config.json"], """{ "peft_type": "LORA", "r": 2, "lora_alpha": 8, "use_rslora": true }""");
        Check(made, own => Matrix.Add(own, LowRank(made), 8 / Math.Sqrt(2)));
    }

    [Fact]
    public void Patterns_of_peft_give_layers_their_own_rank_and_alpha()
    {
        var made = new AdapterBuilder().LowRank(Layer, Rows, Columns);
        File.WriteAllText(_folder["adapter_config.json"], """
            { "r": 4, "lora_alpha": 4, "rank_pattern": { "ff.net.2": 2 }, "alpha_pattern": { "transformer_blocks\\.\\d+\\.ff\\.net\\.2": 6, "to_q": 9 } }
            """);
        Check(made, own => Matrix.Add(own, LowRank(made), 6 / 2.0));
    }

    [Fact]
    public void DoRA_gives_the_merged_rows_their_lengths()
    {
        var made = new AdapterBuilder().LowRank(Layer, Rows, Columns).Add($"{Layer}.lora_magnitude_vector", Rows);
        Check(made, own => Matrix.WithRowLengths(Matrix.Add(own, LowRank(made), 1), made.Values($"{Layer}.lora_magnitude_vector")));
    }

    [Fact]
    public void DoRA_of_LyCORIS_gives_the_merged_columns_their_lengths()
    {
        var made = new AdapterBuilder().LowRank(Layer, Rows, Columns).Add($"{Layer}.dora_scale", 1, Columns);
        Check(made, own => Matrix.WithColumnLengths(Matrix.Add(own, LowRank(made), 1), made.Values($"{Layer}.dora_scale")));
    }

    [Fact]
    public void DoRA_leaves_a_row_of_zeros_as_it_is()
    {
        using var model = TinyTransformer.Create();
        using var off = GradMode.Disable();
        var name = Layer + ".weight";
        using (var row = model.Parameters[name].Narrow(0, 3, 1)) row.ZeroInPlace();
        var made = new AdapterBuilder().LowRank(Layer, Rows, Columns).Add($"{Layer}.lora_magnitude_vector", Rows);
        Array.Clear(made.Tensors[$"{Layer}.lora_B.weight"].Values);
        using var adapter = Adapter.Open(made.Write(_folder["adapter_model.safetensors"]));
        using var merged = new AdapterStack([(adapter, 1)], AdapterStack.ParametersOf(model.Parameters)).Apply(name, model.Parameters[name]);
        Assert.All(merged.ToArray<float>(), value => Assert.True(float.IsFinite(value)));
        Assert.All(merged.ToArray<float>()[(3 * Columns)..(4 * Columns)], value => Assert.Equal(0, value));
    }

    [Fact]
    public void LoHa_adds_the_elementwise_product_of_two_products()
    {
        var made = new AdapterBuilder().Add($"{Layer}.hada_w1_a", Rows, 3).Add($"{Layer}.hada_w1_b", 3, Columns)
            .Add($"{Layer}.hada_w2_a", Rows, 3).Add($"{Layer}.hada_w2_b", 3, Columns).Set($"{Layer}.alpha", [1], 6);
        Check(made, own =>
        {
            var first = Matrix.Product(made.Values($"{Layer}.hada_w1_a"), made.Values($"{Layer}.hada_w1_b"), Rows, 3, Columns);
            var second = Matrix.Product(made.Values($"{Layer}.hada_w2_a"), made.Values($"{Layer}.hada_w2_b"), Rows, 3, Columns);
            return Matrix.Add(own, [.. first.Zip(second, (a, b) => a * b)], 2);
        });
    }

    [Fact]
    public void LoKr_adds_the_Kronecker_product()
    {
        var made = new AdapterBuilder().Add($"{Layer}.lokr_w1", 3, 6).Add($"{Layer}.lokr_w2_a", 4, 2).Add($"{Layer}.lokr_w2_b", 2, 8)
            .Set($"{Layer}.alpha", [], 1);
        Check(made, own =>
        {
            var inner = Matrix.Product(made.Values($"{Layer}.lokr_w2_a"), made.Values($"{Layer}.lokr_w2_b"), 4, 2, 8);
            return Matrix.Add(own, Matrix.Kronecker(made.Values($"{Layer}.lokr_w1"), (3, 6), inner, (4, 8)), 0.5);
        });
    }

    [Fact]
    public void LoKr_of_two_whole_matrices_ignores_alpha()
    {
        var made = new AdapterBuilder().Add($"{Layer}.lokr_w1", 3, 6).Add($"{Layer}.lokr_w2", 4, 8).Set($"{Layer}.alpha", [], 100);
        Check(made, own => Matrix.Add(own, Matrix.Kronecker(made.Values($"{Layer}.lokr_w1"), (3, 6), made.Values($"{Layer}.lokr_w2"), (4, 8)), 1));
    }

    [Fact]
    public void A_convolution_is_changed_as_the_matrix_of_its_flattened_patches()
    {
        const string conv = "pos_embed.proj"; // [12, 4, 2, 2]
        var made = new AdapterBuilder().Add($"{conv}.lora_A.weight", 2, 4, 2, 2).Add($"{conv}.lora_B.weight", 12, 2, 1, 1);
        var product = Matrix.Product(made.Values($"{conv}.lora_B.weight"), made.Values($"{conv}.lora_A.weight"), 12, 2, 16);
        Check(made, own => Matrix.Add(own, product, 1), conv);
    }

    const string Convolution = "pos_embed.proj"; // [12, 4, 2, 2]

    [Fact]
    public void LoCon_in_Tucker_form_has_a_core_between_its_factors()
    {
        var made = new AdapterBuilder().Add($"{Convolution}.lora_up.weight", 12, 3, 1, 1).Add($"{Convolution}.lora_down.weight", 2, 4, 1, 1)
            .Add($"{Convolution}.lora_mid.weight", 3, 2, 2, 2).Set($"{Convolution}.alpha", [], 4);
        var product = Tucker(
            made.Values($"{Convolution}.lora_mid.weight"), (3, 2, 4), (o, m) => made.Values($"{Convolution}.lora_up.weight")[(o * 3) + m], 12,
            made.Values($"{Convolution}.lora_down.weight"), 4);
        Check(made, own => Matrix.Add(own, product, 4 / 2.0), Convolution);
    }

    [Fact]
    public void LoHa_in_Tucker_form_has_cores()
    {
        var made = new AdapterBuilder();
        foreach (var which in (int[])[1, 2])
            made.Add($"{Convolution}.hada_t{which}", 3, 3, 2, 2).Add($"{Convolution}.hada_w{which}_a", 3, 12).Add($"{Convolution}.hada_w{which}_b", 3, 4);
        double[] Product(int which) => Tucker(
            made.Values($"{Convolution}.hada_t{which}"), (3, 3, 4), (o, m) => made.Values($"{Convolution}.hada_w{which}_a")[(m * 12) + o], 12,
            made.Values($"{Convolution}.hada_w{which}_b"), 4);
        Check(made, own => Matrix.Add(own, [.. Product(1).Zip(Product(2), (a, b) => a * b)], 1), Convolution);
    }

    [Fact]
    public void LoKr_in_Tucker_form_has_a_core_in_its_inner_matrix()
    {
        var made = new AdapterBuilder().Add($"{Convolution}.lokr_w1", 3, 2).Add($"{Convolution}.lokr_t2", 2, 2, 2, 2)
            .Add($"{Convolution}.lokr_w2_a", 2, 4).Add($"{Convolution}.lokr_w2_b", 2, 2).Set($"{Convolution}.alpha", [], 1);
        var inner = Tucker(
            made.Values($"{Convolution}.lokr_t2"), (2, 2, 4), (o, m) => made.Values($"{Convolution}.lokr_w2_a")[(m * 4) + o], 4, made.Values($"{Convolution}.lokr_w2_b"), 2);
        // [4, 2, 2, 2] as a matrix, its columns by input channel and then by place in the patch.
        Check(made, own => Matrix.Add(own, Matrix.Kronecker(made.Values($"{Convolution}.lokr_w1"), (3, 2), inner, (4, 8)), 1 / 2.0), Convolution);
    }

    [Fact]
    public void A_core_that_does_not_fit_its_factors_is_refused()
    {
        var made = new AdapterBuilder().Add($"{Convolution}.lora_up.weight", 12, 3, 1, 1).Add($"{Convolution}.lora_down.weight", 2, 4, 1, 1);
        string Refused(params long[] core) => Assert.Throws<PixArt.Weights.WeightsException>(
            () => Adapter.Open(made.Add($"{Convolution}.lora_mid.weight", core).Write(_folder["adapter_model.safetensors"])).Dispose()).Message;
        Assert.Contains("has shape [2, 3, 2, 2], expected [3, 2, height, width]", Refused(2, 3, 2, 2), StringComparison.Ordinal);
        Assert.Contains("has shape [3, 2], expected [rank, rank, height, width]", Refused(3, 2), StringComparison.Ordinal);
    }

    // W[o, i, k] = sum of left(o, m) core[m, n, k] right[n, i], flat.
    static double[] Tucker(double[] core, (int M, int N, int K) shape, Func<int, int, double> left, int rows, double[] right, int columns)
    {
        var result = new double[rows * columns * shape.K];
        for (var o = 0; o < rows; o++)
            for (var i = 0; i < columns; i++)
                for (var k = 0; k < shape.K; k++)
                    for (var m = 0; m < shape.M; m++)
                        for (var n = 0; n < shape.N; n++)
                            result[(((o * columns) + i) * shape.K) + k] += left(o, m) * core[(((m * shape.N) + n) * shape.K) + k] * right[(n * columns) + i];
        return result;
    }

    static double[] LowRank(AdapterBuilder made) =>
        Matrix.Product(made.Values($"{Layer}.lora_B.weight"), made.Values($"{Layer}.lora_A.weight"), Rows, 2, Columns);

    void Check(AdapterBuilder made, Func<double[], double[]> expected, string layer = Layer)
    {
        using var model = TinyTransformer.Create();
        using var adapter = Adapter.Open(made.Write(_folder["adapter_model.safetensors"]));
        var stack = new AdapterStack([(adapter, 1)], AdapterStack.ParametersOf(model.Parameters));
        var name = layer + ".weight";
        Assert.Equal([name], stack.Reports.Single().Parameters);
        using var merged = stack.Apply(name, model.Parameters[name]);
        Assert.Equal(model.Parameters[name].Shape, merged.Shape);
        Close.Assert(expected(Close.Doubles(model.Parameters[name])), Close.Doubles(merged), 1e-6, $"merged {adapter}");
    }
}
