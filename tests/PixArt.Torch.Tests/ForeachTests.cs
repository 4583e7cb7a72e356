namespace PixArt.Torch.Tests;

public sealed class ForeachTests
{
    [Fact]
    public void Norms_OfMoreTensorsThanAnOrdinaryCallReturns_AreThoseOfEach()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor[] tensors = [.. Enumerable.Range(1, 300).Select(i => Tensor.Randn([i], generator).To(TestDevice.Current))];

        Tensor[] norms = Foreach.Norms(tensors);

        Assert.Equal(300, norms.Length);
        foreach (var (tensor, norm) in tensors.Zip(norms)) Close.Assert(tensor.Norm(), norm, 1e-6, "norm");
    }

    [Fact]
    public void MulAndAddInPlace_OfLists_ChangeEachByItsPartner()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        Tensor[] tensors = [Filled(2, 1), Filled(3, 2)];

        Foreach.MulInPlace(tensors, 10);
        Foreach.AddInPlace(tensors, [Filled(2, 3), Filled(3, 4)], alpha: 0.5);

        Assert.Equal([11.5f, 11.5f], tensors[0].ToArray<float>());
        Assert.Equal([22f, 22f, 22f], tensors[1].ToArray<float>());
    }

    [Fact]
    public void AdamW_WhereTheFusedOperatorRuns_GivesTheFormula()
    {
        Assert.SkipUnless(Foreach.HasFusedAdamW && TestDevice.Current.IsCuda, "the fused operator runs on CUDA");
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        const double Rate = 0.1, Decay = 0.2, Epsilon = 1e-8, Scale = 0.5;
        Tensor value = Filled(4, 2), gradient = Filled(4, 6), first = Filled(4, 1), second = Filled(4, 4);

        Foreach.AdamW([value], [gradient], [first], [second], 3, Rate, (0.9, 0.99), Decay, Epsilon, Scale);

        double m = 0.9 + (0.1 * 3), v = (0.99 * 4) + (0.01 * 9);
        double denominator = (Math.Sqrt(v) / Math.Sqrt(1 - Math.Pow(0.99, 3))) + Epsilon;
        double expected = (2 * (1 - (Rate * Decay))) - (Rate / (1 - Math.Pow(0.9, 3)) * m / denominator);
        Close.Assert(expected, value.ToArray<float>()[2], 1e-6, "value");
        Close.Assert(m, first.ToArray<float>()[0], 1e-6, "first moment");
        Close.Assert(v, second.ToArray<float>()[0], 1e-6, "second moment");
    }

    private static Tensor Filled(long count, double value) => Tensor.Full([count], value, device: TestDevice.Current);
}
