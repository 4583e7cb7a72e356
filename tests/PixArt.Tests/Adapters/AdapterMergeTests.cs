using PixArt.Adapters;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Adapters;

public sealed class AdapterMergeTests : IDisposable
{
    readonly LeakCheck _leak = new();
    readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _leak.Dispose();
    }

    string Style => new AdapterBuilder(1).LowRank("transformer_blocks.0.attn1.to_q", 12, 12).LowRank("transformer_blocks.1.attn2.to_k", 12, 12)
        .Write(_folder["style.safetensors"]);

    string Thing => new AdapterBuilder(2).LowRank("transformer_blocks.0.attn1.to_q", 12, 12).Add("transformer_blocks.0.attn1.to_q.dora_scale", 12, 1)
        .Add("proj_out.lokr_w1", 4, 3).Add("proj_out.lokr_w2", 4, 4).Write(_folder["thing.safetensors"]);

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.BFloat16, false)]
    [InlineData(ScalarType.BFloat16, true)]
    public void Undo_restores_the_model_to_the_last_bit(ScalarType dtype, bool fused)
    {
        using var model = TinyTransformer.Create(dtype: dtype);
        if (fused) model.FuseProjections();
        var before = Bits(model);
        using var plain = TinyTransformer.Forward(model);
        using var style = Adapter.Open(Style);
        using var thing = Adapter.Open(Thing);
        using var merge = new AdapterMerge(model.Parameters, new([(style, 0.7), (thing, 1.3)], AdapterStack.ParametersOf(model.Parameters)));
        using var adapted = TinyTransformer.Forward(model);
        Assert.NotEqual(Close.Doubles(plain), Close.Doubles(adapted));
        merge.Undo();
        Assert.Equal(before, Bits(model));
        merge.Undo();
        using var again = TinyTransformer.Forward(model);
        Assert.Equal(Close.Doubles(plain), Close.Doubles(again));
    }

    [Fact]
    public void Changes_add_up_in_any_order()
    {
        using var model = TinyTransformer.Create();
        using var style = Adapter.Open(Style);
        using var thing = Adapter.Open(Thing);
        var parameters = AdapterStack.ParametersOf(model.Parameters).ToArray();
        var (one, other) = (new AdapterStack([(style, 0.7), (thing, -2)], parameters), new AdapterStack([(thing, -2), (style, 0.7)], parameters));
        var (first, second) = (new AdapterStack([(style, 1)], parameters), new AdapterStack([(thing, 1)], parameters));
        const string name = "transformer_blocks.0.attn1.to_q.weight";
        using var scope = TensorScope.Begin();
        var own = model.Parameters[name];
        var both = one.Apply(name, own);
        Close.Assert(both, other.Apply(name, own), 1e-6, "order");
        Close.Assert(own + ((first.Apply(name, own) - own) * 0.7) - ((second.Apply(name, own) - own) * 2), both, 1e-6, "sum");
    }

    [Fact]
    public void Weight_zero_changes_nothing_at_all()
    {
        using var model = TinyTransformer.Create();
        using var thing = Adapter.Open(Thing);
        var stack = new AdapterStack([(thing, 0)], AdapterStack.ParametersOf(model.Parameters));
        Assert.Empty(stack.Parameters);
        Assert.Equal(2, stack.Reports[0].Parameters.Count);
        var before = Bits(model);
        using var merge = new AdapterMerge(model.Parameters, stack);
        Assert.Equal(before, Bits(model));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_weight_that_is_no_number_is_refused(double weight)
    {
        using var model = TinyTransformer.Create();
        using var style = Adapter.Open(Style);
        var error = Assert.Throws<InvalidSettingException>(() => new AdapterStack([(style, weight)], AdapterStack.ParametersOf(model.Parameters)));
        Assert.Equal(FormattableString.Invariant($"weight of adapter '{_folder["style.safetensors"]}' is {weight}, expected a finite number"), error.Message);
    }

    [Fact]
    public void A_report_tells_kind_rank_layers_and_parameters()
    {
        using var model = TinyTransformer.Create();
        using var thing = Adapter.Open(Thing);
        var report = new AdapterStack([(thing, 0.5)], AdapterStack.ParametersOf(model.Parameters)).Reports.Single();
        Assert.Equal((_folder["thing.safetensors"], 0.5, "LoKr and DoRA of rank 2 on 2 layers"), (report.Path, report.Weight, report.Description));
        Assert.Equal(["proj_out.weight", "transformer_blocks.0.attn1.to_q.weight"], report.Parameters);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Loading_through_the_adapters_is_merging_after_loading(ScalarType dtype)
    {
        using var model = TinyTransformer.Create(dtype: dtype);
        using var style = Adapter.Open(Style);
        using var thing = Adapter.Open(Thing);
        var stack = new AdapterStack([(style, 0.7), (thing, 1.3)], AdapterStack.ParametersOf(model.Parameters));
        using var loaded = new PixArtTransformer(TinyTransformer.Config, new ParameterStore(new AdaptedSource(new Memory(model.Parameters), stack), dtype));
        using var merge = new AdapterMerge(model.Parameters, stack);
        Assert.Equal(Bits(model), Bits(loaded));
    }

    [Fact]
    public void Integers_take_no_adapter_and_nothing_is_changed()
    {
        using var model = TinyTransformer.Create();
        using var thing = Adapter.Open(Thing);
        using var store = new ParameterStore(new Memory(model.Parameters, integers: "proj_out.weight"), keepStored: true);
        using var held = new PixArtTransformer(TinyTransformer.Config, store);
        var before = Bits(held);
        var stack = new AdapterStack([(thing, 1)], AdapterStack.ParametersOf(store));
        var error = Assert.Throws<InvalidSettingException>(() => new AdapterMerge(store, stack));
        Assert.Equal("type of parameter 'proj_out.weight' is Int8, expected a floating-point type; quantised weights take adapters while they are loaded", error.Message);
        Assert.Equal(before, Bits(held));
    }

    static Dictionary<string, byte[]> Bits(PixArtTransformer model) => model.Parameters.Names.ToDictionary(
        name => name, name =>
        {
            using var whole = model.Parameters[name].Contiguous();
            return whole.AsBytes().ToArray();
        }, StringComparer.Ordinal);

    sealed class Memory(ParameterStore store, string? integers = null) : IParameterSource
    {
        public Tensor? LoadStored(string name, long[] shape, ScalarType dtype, Device device)
        {
            using var scope = TensorScope.Begin();
            return string.Equals(name, integers, StringComparison.Ordinal) ? TensorScope.Release(Quantization.Quantize(store[name]).Integers) : Load(name, shape, dtype, device);
        }

        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
        {
            using var scope = TensorScope.Begin();
            if (integers is not null && string.Equals(name, integers + Quantization.ScaleSuffix, StringComparison.Ordinal))
                return TensorScope.Release(Quantization.Quantize(store[integers]).Scale);
            if (!store.TryGet(name, out var found)) return null;
            return TensorScope.Release(found.To(dtype).Clone());
        }
    }
}
