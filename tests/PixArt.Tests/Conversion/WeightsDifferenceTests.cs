using PixArt.Conversion;
using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Conversion;

public sealed class WeightsDifferenceTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    static string Model => GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");

    static string Transformer => Path.Combine(Model, "transformer");

    public void Dispose() => _folder.Dispose();

    // Two tensors of the model changed, in a number format of a half.
    void Change(ScalarType type)
    {
        using var scope = TensorScope.Begin();
        using var weights = new ComponentFolder(Transformer).OpenWeights();
        TensorToWrite[] Tensors(double factor) => [.. weights.Names.Where(name => name is not "pos_embed.pos_embed").Select(name =>
        {
            using var tensor = weights.Read(name);
            return TensorToWrite.FromTensor(name, (name is "proj_out.weight" or "proj_out.bias" ? tensor * factor : tensor * 1).To(type));
        })];
        SafetensorsWriter.Write(_folder["original.safetensors"], Tensors(1));
        SafetensorsWriter.Write(_folder["changed.safetensors"], Tensors(1.37));
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Of_two_models_in_halves_the_changed_one_comes_back_bit_for_bit(ScalarType type)
    {
        using var leak = new LeakCheck();
        Change(type);
        var (differing, all) = WeightsDifference.Write(_folder["changed.safetensors"], _folder["original.safetensors"], _folder["delta.safetensors"]);
        using var parent = WeightsSource.OpenModel(_folder["original.safetensors"]);
        using var changed = WeightsSource.OpenModel(_folder["changed.safetensors"]);
        using var delta = ExpertDelta.Open(_folder["delta.safetensors"], parent, variant: null);
        using (var written = WeightsFile.Open(_folder["delta.safetensors"]))
            Assert.Equal(["proj_out.bias", "proj_out.weight"], written.Tensors.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal((2, changed.Names.Count), (differing, all));
        foreach (var name in changed.Names)
        {
            using var expected = changed.Read(name);
            using var found = delta.Load(name, expected.Shape, type, Device.Cpu)!;
            Assert.Equal(Close.Doubles(expected), Close.Doubles(found));
        }
    }

    [Fact]
    public void The_number_format_is_the_one_that_is_asked_for()
    {
        using var leak = new LeakCheck();
        Change(ScalarType.Float16);
        WeightsDifference.Write(_folder["changed.safetensors"], _folder["original.safetensors"], _folder["delta.safetensors"], ScalarType.BFloat16);
        using var written = WeightsFile.Open(_folder["delta.safetensors"]);
        Assert.All(written.Tensors.Values, tensor => Assert.Equal(StoredType.BF16, tensor.Type));
    }

    [Fact]
    public void What_has_no_difference_is_told()
    {
        string Message(string changed, string original, string output) =>
            Assert.ThrowsAny<PixArtException>(() => WeightsDifference.Write(changed, original, _folder[output])).Message;
        var vae = Path.Combine(Model, "vae");
        Assert.Equal($"output is '{_folder["folder"]}', expected a .safetensors file", Message(Transformer, Transformer, "folder"));
        Assert.Equal($"input is '{Transformer}', expected a transformer that differs from {Transformer}", Message(Transformer, Transformer, "d.safetensors"));
        Assert.Equal($"input is '{vae} (Autoencoder)', expected a transformer", Message(vae, Transformer, "d.safetensors"));
        ModelGrowth.Write(Transformer, _folder["deep"], layers: 3);
        Assert.Contains(": is missing; ", Message(_folder["deep"], Transformer, "d.safetensors"), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["d.safetensors"]));
    }
}
