using PixArt.Conversion;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Conversion;

public sealed class WeightsMergeTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    static string Transformer => Path.Combine(GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder"), "transformer");

    public void Dispose() => _folder.Dispose();

    // Another model of the same shape: each number of the first doubled, in half precision.
    string Other(Func<TensorToWrite, TensorToWrite>? change = null)
    {
        var path = _folder["other.safetensors"];
        using var scope = TensorScope.Begin();
        using var weights = new ComponentFolder(Transformer).OpenWeights();
        var tensors = weights.Names.Select(name =>
        {
            using var tensor = weights.Read(name);
            var scaled = TensorToWrite.FromTensor(name, (tensor * 2).To(ScalarType.Float16));
            return change is null ? scaled : change(scaled);
        }).ToList();
        SafetensorsWriter.Write(path, tensors);
        return path;
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.25)]
    [InlineData(1.0)]
    public void Each_number_lies_between_the_two(double ratio)
    {
        using var leak = new LeakCheck();
        WeightsMerge.Merge(Transformer, Other(), _folder["merged"], ratio);
        using var first = new ComponentFolder(Transformer).OpenWeights();
        using var second = WeightsSource.Open(_folder["other.safetensors"]);
        using var merged = new ComponentFolder(_folder["merged"]).OpenWeights();
        Assert.Equal(first.Names.Where(n => n is not "pos_embed.pos_embed").Order(StringComparer.Ordinal), merged.Names.Order(StringComparer.Ordinal));
        foreach (var name in merged.Names)
        {
            using var a = first.Read(name);
            using var b = second.Read(name);
            using var found = merged.Read(name);
            Assert.Equal(ScalarType.Float32, found.DType);
            double[] expected = [.. Close.Doubles(a).Zip(Close.Doubles(b), (x, y) => (1 - ratio) * x + ratio * y)];
            Close.Assert(expected, Close.Doubles(found), ratio is 0 or 1 ? 0 : 1e-6, name);
        }
    }

    [Fact]
    public void The_layouts_may_differ()
    {
        WeightsConversion.Convert(Transformer, _folder["original.pth"]);
        WeightsMerge.Merge(_folder["original.pth"], Other(), _folder["merged.safetensors"], 0.5);
        WeightsMerge.Merge(Transformer, _folder["other.safetensors"], _folder["plain.safetensors"], 0.5);
        Assert.Equal(ConversionFiles.Contents(_folder["plain.safetensors"]), ConversionFiles.Contents(_folder["merged.safetensors"]));
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name_and_shapes()
    {
        var wider = ConversionFiles.Random("caption_projection.linear_1.weight", 2, 2);
        var error = Assert.Throws<WeightsException>(() => WeightsMerge.Merge(Transformer, Other(t => t.Name == wider.Name ? Widened(t) : t), _folder["x.pth"], 0.5));
        Assert.Equal(WeightsErrorKind.ShapeMismatch, error.Kind);
        Assert.Contains("other.safetensors: tensor 'caption_projection.linear_1.weight': has shape [", error.Message, StringComparison.Ordinal);
        Assert.Contains($"in {Transformer}", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["x.pth"]));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void The_ratio_is_a_share(double ratio)
    {
        var error = Assert.Throws<InvalidSettingException>(() => WeightsMerge.Merge(Transformer, Transformer, _folder["x.pth"], ratio));
        Assert.EndsWith("expected from 0 (the first alone) to 1 (the second alone)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_PyTorch_file_holds_weights_and_their_average_as_checkpoints_do()
    {
        var average = Path.Combine(_folder.Path, "average.safetensors");
        WeightsMerge.Merge(Transformer, Other(), average, 0.25);
        WeightsConversion.Convert(Transformer, _folder["both.pth"], new() { Average = average });
        foreach (var (section, from) in ((string, string)[])[("state_dict", Transformer), ("state_dict_ema", average)])
        {
            WeightsConversion.Convert(_folder["both.pth"], _folder[section + ".safetensors"], new() { Section = section });
            WeightsConversion.Convert(from, _folder[section + "-expected.safetensors"]);
            Assert.Equal(ConversionFiles.Contents(_folder[section + "-expected.safetensors"]), ConversionFiles.Contents(_folder[section + ".safetensors"]));
        }

        var error = Assert.Throws<InvalidSettingException>(() => WeightsConversion.Convert(Transformer, _folder["x.safetensors"], new() { Average = average }));
        Assert.EndsWith("expected a PyTorch file in the original layout as output, which has a part for it", error.Message, StringComparison.Ordinal);
        using (var golden = GoldenSet.Open().Load("original/pixart_sigma_512"))
            Assert.Throws<InvalidSettingException>(() => WeightsConversion.Convert(Transformer, _folder["x.pth"], new() { Average = golden.Set.PathOf("original/pixart_sigma_512.pth") }));
        Assert.False(File.Exists(_folder["x.pth"]));
    }

    [Fact]
    public void Two_kinds_of_models_do_not_mix()
    {
        var vae = Path.Combine(GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder"), "vae");
        var error = Assert.Throws<InvalidSettingException>(() => WeightsMerge.Merge(Transformer, vae, _folder["x.pth"], 0.5));
        Assert.EndsWith("expected the same kind of model as the first (Transformer)", error.Message, StringComparison.Ordinal);
    }

    // The captions one channel wider: a whole model of another shape.
    static TensorToWrite Widened(TensorToWrite tensor) => ConversionFiles.Random(tensor.Name, tensor.Shape[0], tensor.Shape[1] + 1);
}
