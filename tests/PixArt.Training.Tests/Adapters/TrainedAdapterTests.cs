using PixArt.Adapters;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Adapters;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Adapters;

public sealed class TrainedAdapterTests : IDisposable
{
    readonly LeakCheck _leak = new();
    readonly TemporaryFolder _folder = new();
    readonly PixArtTransformer _model = TinyTransformer.Create();

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
        _leak.Dispose();
    }

    public static TheoryData<AdapterKind, AdapterInit> Kinds => new()
    {
        { AdapterKind.Lora, AdapterInit.Kaiming }, { AdapterKind.Lora, AdapterInit.Gaussian }, { AdapterKind.Dora, AdapterInit.Kaiming }, { AdapterKind.Lokr, AdapterInit.Kaiming },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AtTheBeginning_TheModelGivesWhatItGave_BitForBit(AdapterKind kind, AdapterInit init)
    {
        using var before = Forward();
        using (var adapter = new TrainedAdapter(_model, new() { Kind = kind, Rank = 2, Init = init }, 1))
        {
            using var adapted = Forward();
            Assert.Equal(before.ToArray<float>(), adapted.ToArray<float>());
            Shake(adapter);
            using var moved = Forward();
            Assert.NotEqual(before.ToArray<float>(), moved.ToArray<float>());
            adapter.IsOn = false;
            using var off = Forward();
            Assert.Equal(before.ToArray<float>(), off.ToArray<float>());
        }

        using var after = Forward();
        Assert.Equal(before.ToArray<float>(), after.ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void MergedFromItsFile_TheModelGivesTheAdaptedForward(AdapterKind kind, AdapterInit init)
    {
        using var adapter = new TrainedAdapter(_model, new() { Kind = kind, Rank = 2, Alpha = 3, Init = init, Rslora = kind == AdapterKind.Lora }, 1);
        Shake(adapter);
        using var adapted = Forward();
        adapter.Export(_folder["adapter"], "parent");
        string[] files = kind == AdapterKind.Lokr ? [_folder["adapter"]] : [_folder["adapter"], Alone()];
        adapter.IsOn = false;
        foreach (var file in files)
        {
            using var read = Adapter.Open(file);
            using var merge = new AdapterMerge(_model.Parameters, new([(read, 1)], AdapterStack.ParametersOf(_model.Parameters)));
            Assert.Equal(adapter.Layers.Select(layer => layer + ".weight").Order(StringComparer.Ordinal), merge.Reports[0].Parameters, StringComparer.Ordinal);
            using var merged = Forward();
            Close.Assert(adapted, merged, 1e-5, $"{kind} merged from {Path.GetFileName(file)}");
            merge.Undo();
        }
    }

    [Fact]
    public void OnlyTheAdapter_GetsGradients()
    {
        using var adapter = new TrainedAdapter(_model, new() { Rank = 2 }, 1);
        Shake(adapter);
        using (var scope = TensorScope.Begin()) Loss().Backward();
        Assert.All(_model.Parameters.Tensors, parameter => Assert.False(parameter.RequiresGrad));
        foreach (var parameter in adapter.Parameters)
        {
            using var gradient = parameter.Value.Grad;
            Assert.NotNull(gradient);
            parameter.Value.Grad = null;
        }
    }

    [Theory]
    [InlineData(AdapterKind.Lora, "lora")]
    [InlineData(AdapterKind.Lokr, "lokr")]
    // The gradient of DoRA's directions is an approximation by its design; that of its lengths is not.
    [InlineData(AdapterKind.Dora, "magnitude")]
    public void Gradients_AreFiniteDifferences(AdapterKind kind, string part)
    {
        using var adapter = new TrainedAdapter(_model, new() { Kind = kind, Rank = 2, Targets = ["to_q", "to_out.0", "ff.net.2", "proj", "linear_1"] }, 1);
        Shake(adapter);
        using (var scope = TensorScope.Begin()) Loss().Backward();
        var random = new Random(1);
        var compared = 0;
        foreach (var parameter in adapter.Parameters.Where(p => p.Name.Contains(part, StringComparison.Ordinal)))
        {
            using var scope = TensorScope.Begin();
            using var off = GradMode.Disable();
            // Along a random direction of the whole tensor: sums over it are far above rounding.
            var direction = Tensor.FromArray([.. Enumerable.Range(0, (int)parameter.Value.Count).Select(_ => (float)(random.NextDouble() - 0.5))], parameter.Value.Shape);
            using var gradient = parameter.Value.Grad!;
            var expected = (double)(gradient * direction).Sum().Item<float>();
            const double step = 1e-2;
            parameter.Value.AddInPlace(direction, step);
            var above = (double)Loss().Item<float>();
            parameter.Value.AddInPlace(direction, -2 * step);
            var below = (double)Loss().Item<float>();
            parameter.Value.AddInPlace(direction, step);
            Assert.Equal(expected, (above - below) / (2 * step), Math.Max(Math.Abs(expected) * 0.02, 2e-4));
            parameter.Value.Grad = null;
            compared++;
        }

        foreach (var parameter in adapter.Parameters) parameter.Value.Grad = null;
        Assert.InRange(compared, 8, 100);
    }

    [Fact]
    public void GradientCheckpointing_ChangesNoGradient_WithDropoutToo()
    {
        using var adapter = new TrainedAdapter(_model, new() { Rank = 2, Dropout = 0.3 }, 1);
        Shake(adapter);
        adapter.Begin(5);
        var plain = Gradients(adapter);
        _model.GradientCheckpointing = true;
        var again = Gradients(adapter);
        _model.GradientCheckpointing = false;
        adapter.Begin(6);
        var other = Gradients(adapter);
        Assert.True(Distance(plain, again) < 1e-5);
        Assert.True(Distance(plain, other) > 1e-2);
        adapter.Begin(null);
        using var one = Forward();
        using var two = Forward();
        Assert.Equal(one.ToArray<float>(), two.ToArray<float>());
    }

    [Fact]
    public void Targets_AreTheEndsOfNames()
    {
        using (var all = new TrainedAdapter(_model, new() { Rank = 1 }, 1)) Assert.Equal((2 * 10) + 7, all.Layers.Count);
        using (var few = new TrainedAdapter(_model, new() { Rank = 1, Targets = ["attn2.to_k", "proj_out"] }, 1))
            Assert.Equal(["transformer_blocks.0.attn2.to_k", "transformer_blocks.1.attn2.to_k", "proj_out"], few.Layers, StringComparer.Ordinal);
        var error = Assert.Throws<InvalidSettingException>(() => new TrainedAdapter(_model, new() { Targets = ["o_q"] }, 1));
        Assert.Equal("adapter.targets is 'o_q', expected ends of layers' names, such as to_q or ff.net.2", error.Message);
    }

    [Theory]
    [InlineData(1152, 32, 36)]
    [InlineData(4608, 64, 72)]
    [InlineData(12, 3, 4)]
    [InlineData(7, 1, 7)]
    public void Kronecker_FactorsAreTheNearest(long dimension, long outer, long inner) =>
        Assert.Equal((outer, inner), KroneckerAdapter.Factors(dimension));

    [Theory]
    [InlineData("rank=0", "adapter.rank is 0, expected 1 or more")]
    [InlineData("alpha=-1", "adapter.alpha is -1, expected a number above 0, or null")]
    [InlineData("dropout=1", "adapter.dropout is 1, expected 0 up to, not including, 1")]
    [InlineData("dora", "adapter.dropout is 0.1, expected 0, as kind is not 'lora'")]
    [InlineData("lokr", "adapter.rslora is true, expected false, as kind is 'lokr'")]
    [InlineData("targets", "adapter.targets is 'empty', expected names of layers")]
    public void ARecipe_OutOfRange_IsRefused(string what, string message)
    {
        AdapterRecipe recipe = what switch
        {
            "rank=0" => new() { Rank = 0 },
            "alpha=-1" => new() { Alpha = -1 },
            "dropout=1" => new() { Dropout = 1 },
            "dora" => new() { Kind = AdapterKind.Dora, Dropout = 0.1 },
            "lokr" => new() { Kind = AdapterKind.Lokr, Rslora = true },
            _ => new() { Targets = [] },
        };
        Assert.Equal(message, Assert.Throws<InvalidSettingException>(recipe.Validate).Message);
    }

    // The diffusers file, away from peft's configuration: its own metadata must do.
    string Alone()
    {
        Directory.CreateDirectory(_folder["alone"]);
        var file = Path.Combine(_folder["alone"], "pytorch_lora_weights.safetensors");
        File.Copy(Path.Combine(_folder["adapter"], "pytorch_lora_weights.safetensors"), file);
        return file;
    }

    Dictionary<string, float[]> Gradients(TrainedAdapter adapter)
    {
        using (var scope = TensorScope.Begin()) Loss().Backward();
        var all = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var parameter in adapter.Parameters)
        {
            using var gradient = parameter.Value.Grad!;
            all[parameter.Name] = gradient.ToArray<float>();
            parameter.Value.Grad = null;
        }

        return all;
    }

    static double Distance(Dictionary<string, float[]> one, Dictionary<string, float[]> other) => Close.RelativeError(Flat(one), Flat(other));

    static double[] Flat(Dictionary<string, float[]> gradients) => [.. gradients.Values.SelectMany(g => g).Select(v => (double)v)];

    // Away from the zeros that adapters begin with.
    static void Shake(TrainedAdapter adapter)
    {
        using var off = GradMode.Disable();
        using var generator = new Generator(9);
        foreach (var parameter in adapter.Parameters)
        {
            using var noise = Tensor.Randn(parameter.Value.Shape, generator);
            parameter.Value.AddInPlace(noise, 0.2);
        }
    }

    Tensor Loss()
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(TinyTransformer.Predict(_model).Square().Mean());
    }

    Tensor Forward() => TinyTransformer.Forward(_model);
}
