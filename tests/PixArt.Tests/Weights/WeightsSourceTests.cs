using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;
using static PixArt.Torch.Tensor;

namespace PixArt.Tests.Weights;

public sealed class WeightsSourceTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Write(string name, params (string Name, Tensor Tensor)[] tensors)
    {
        SafetensorsWriter.Write(_folder[name], tensors.Select(t => KeyValuePair.Create(t.Name, t.Tensor)));
        foreach (var (_, tensor) in tensors) tensor.Dispose();
        return _folder[name];
    }

    [Fact]
    public void Tensor_of_the_wanted_type_is_a_window_into_the_file_that_outlives_the_source()
    {
        using var leak = new LeakCheck();
        var path = Write("a", ("w", FromArray([1f, 2, 3, 4], 2, 2)));
        var before = File.ReadAllBytes(path);
        Tensor loaded;
        using (var source = WeightsSource.Open(path)) loaded = source.Load("w", [2, 2], ScalarType.Float32, Device.Cpu)!;
        using (loaded)
        {
            Assert.Equal([1f, 2, 3, 4], loaded.ToArray<float>());
            loaded.AddInPlace(loaded);
            Assert.Equal([2f, 4, 6, 8], loaded.ToArray<float>());
        }

        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void Loading_in_the_files_type_allocates_nothing_of_the_tensors_size()
    {
        using var leak = new LeakCheck();
        var path = Write("a", ("w", Zeros([1 << 22])));
        using var source = WeightsSource.Open(path);
        using var first = source.Load("w", [1 << 22], ScalarType.Float32, Device.Cpu)!;
        using var second = source.Load("w", [1 << 22], ScalarType.Float32, Device.Cpu)!;
        Assert.Equal(first.DataPointer, second.DataPointer);
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void Another_type_is_converted(ScalarType stored)
    {
        using var leak = new LeakCheck();
        using var numbers = FromArray([1.5f, -2, 0.25f], 3);
        SafetensorsWriter.Write(_folder["a"], [KeyValuePair.Create("w", numbers)], type: stored);
        using var source = WeightsSource.Open(_folder["a"]);
        Assert.Equal(stored.ToStoredType(), source.Find("w")!.Type);
        using var loaded = source.Load("w", [3], ScalarType.Float32, Device.Cpu)!;
        Assert.Equal([1.5f, -2, 0.25f], loaded.ToArray<float>());
        using var raw = source.Read("w");
        Assert.Equal(stored, raw.DType);
    }

    [Fact]
    public void Tensors_that_are_not_aligned_in_the_file_are_copied()
    {
        using var leak = new LeakCheck();
        var json = $"{{{RawSafetensors.Entry("a", "U8", "[1]", 0, 1)},{RawSafetensors.Entry("w", "F32", "[1]", 1, 5)}}}";
        File.WriteAllBytes(_folder["a"], RawSafetensors.Make(json, 5));
        using var source = WeightsSource.Open(_folder["a"]);
        using var loaded = source.Read("w");
        Assert.Equal(BitConverter.Int32BitsToSingle(0x05040302), loaded.Item<float>());
    }

    [Fact]
    public void Wrong_shape_names_file_tensor_and_both_shapes()
    {
        using var leak = new LeakCheck();
        using var source = WeightsSource.Open(Write("a", ("proj.weight", Zeros([2, 3]))));
        var error = Assert.Throws<WeightsException>(() => source.Load("proj.weight", [3, 2], ScalarType.Float32, Device.Cpu));
        Assert.Equal($"{_folder["a"]}: tensor 'proj.weight': has shape [2, 3], expected [3, 2]", error.Message);
    }

    [Fact]
    public void Missing_parameter_names_file_tensor_and_shape_when_a_model_is_built()
    {
        using var leak = new LeakCheck();
        using var source = WeightsSource.Open(Write("a", ("proj.weight", Zeros([3, 2]))));
        using var store = new ParameterStore(source);
        var error = Assert.Throws<WeightsException>(() => new Linear(store.Root.Sub("proj"), 2, 3));
        Assert.Equal(WeightsErrorKind.TensorNotFound, error.Kind);
        Assert.Equal($"{_folder["a"]}: tensor 'proj.bias': is missing, expected shape [3]", error.Message);
    }

    [Fact]
    public void Left_over_tensors_are_told_unless_ignored()
    {
        using var leak = new LeakCheck();
        using var source = WeightsSource.Open(Write("a", ("a", Zeros([1])), ("decoder.x", Zeros([1])), ("y", Zeros([1]))));
        source.Read("a").Dispose();
        Assert.Equal("decoder.x y", string.Join(' ', source.Unused));
        var error = Assert.Throws<WeightsException>(() => source.EnsureAllUsed("decoder.*"));
        Assert.Equal($"{_folder["a"]}: holds 1 tensor that the model does not know: y", error.Message);
        source.EnsureAllUsed("decoder.*", "y");
    }

    [Fact]
    public void Shards_are_one_source()
    {
        using var leak = new LeakCheck();
        string[] shards = [Write("s-1", ("a", Ones([1]))), Write("s-2", ("b", Ones([2])))];
        using (var source = WeightsSource.Open(shards))
        {
            using var a = source.Read("a");
            using var b = source.Read("b");
            source.EnsureAllUsed();
        }

        var error = Assert.Throws<WeightsException>(() => WeightsSource.Open(shards[0], shards[0]));
        Assert.Equal($"{shards[0]}: tensor 'a': is in s-1 too", error.Message);
    }

    [Fact]
    public void Two_names_for_one_parameter_are_refused()
    {
        var path = Write("a", ("module.w", Ones([1])), ("w", Ones([2])));
        using var source = WeightsSource.Open(path);
        Assert.Equal($"{path}: tensor 'w': is 'w' in a model, which another tensor is too", Assert.Throws<WeightsException>(() => source.Renamed(null, "module.")).Message);
        Assert.Equal($"{path}: tensor 'v': is missing", Assert.Throws<WeightsException>(() => source.Read("v")).Message);
    }

    [Fact]
    public void Type_that_cannot_be_computed_with_is_named_when_asked_for()
    {
        SafetensorsWriter.Write(_folder["a"], [TensorToWrite.FromBytes("w", StoredType.F8E4M3, [2], new byte[2])]);
        using var source = WeightsSource.Open(_folder["a"]);
        var error = Assert.Throws<WeightsException>(() => source.Read("w"));
        Assert.Equal($"{_folder["a"]}: tensor 'w': has type F8_E4M3, which cannot be computed with", error.Message);
    }

    [Fact]
    public void Prefix_selects_a_part()
    {
        using var leak = new LeakCheck();
        using var source = WeightsSource.Open(Write("a", ("ema.w", Ones([1]))));
        var part = new PrefixSource(source, "ema.");
        using var loaded = part.Load("w", [1], ScalarType.Float32, Device.Cpu)!;
        Assert.Equal(1f, loaded.Item<float>());
        Assert.Null(part.Load("v", [1], ScalarType.Float32, Device.Cpu));
        Assert.Equal("ema.v", ((WeightsException)part.Missing("v", [1])).Tensor);
    }

    [Theory]
    [GoldenEntries("transformer/", "vae/", "t5/")]
    public void Golden_weights_load_as_they_are_stored(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        var weights = golden.Weights();
        foreach (var name in golden.TensorNames.Where(n => n.StartsWith("w/", StringComparison.Ordinal)))
        {
            using var loaded = weights.Load(name[2..], golden.Shape(name), ScalarType.Float32, Device.Cpu)!;
            Close.Assert(golden.Doubles(name), Close.Doubles(loaded), 0, $"{entry} {name}");
        }
    }
}
