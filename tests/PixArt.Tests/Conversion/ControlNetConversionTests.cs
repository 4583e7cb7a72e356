using PixArt.Conversion;
using PixArt.Weights;

namespace PixArt.Tests.Conversion;

/// <summary>The ControlNet-Transformer's single file to a transformer's and a ControlNet's folder, and back.</summary>
public sealed class ControlNetConversionTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory(SkipTestWithoutData = true)]
    [GoldenEntries("original/controlnet_")]
    public void Two_folders_hold_what_the_reference_makes_of_it_and_convert_back(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var original = golden.Set.PathOf(golden.Set.Entries.Single(e => e.Name.Equals(entry, StringComparison.Ordinal)).PthFiles[0]);
        var identity = WeightsConversion.Convert(original, _folder["pair"], ConversionFiles.OptionsFor(golden));
        Assert.Equal(ModelKind.ControlNet, identity.Kind);
        Assert.Equal("PixArt ControlNet-Transformer of 2 blocks with its base model, original ControlNet-Transformer layout", identity.Facts[0]);
        foreach (var (part, prefix) in new[] { ("transformer", "w/"), ("controlnet", "w_controlnet_diffusers/") })
        {
            using var converted = SafetensorsFile.Open(Path.Combine(_folder["pair"], part, "diffusion_pytorch_model.safetensors"));
            string[] expected = [.. golden.TensorNames.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))];
            Assert.NotEmpty(expected);
            Assert.Equal(expected.Select(n => n[prefix.Length..]).Order(StringComparer.Ordinal), converted.Tensors.Keys.Order(StringComparer.Ordinal));
            foreach (var name in expected) Assert.True(golden.Tensors.Bytes(name).SequenceEqual(converted.Bytes(name[prefix.Length..])), name);
        }

        WeightsConversion.Convert(_folder["pair"], _folder["back.pth"]);
        Assert.Equal(ConversionFiles.Contents(original), ConversionFiles.Contents(_folder["back.pth"]));
    }

    [Theory(SkipTestWithoutData = true)]
    [GoldenEntries("original/controlnet_")]
    public void A_copy_that_lacks_a_tensor_is_told(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        string[] names = [.. golden.TensorNames.Where(n => n.StartsWith("w_controlnet_diffusers/", StringComparison.Ordinal))];
        SafetensorsWriter.Write(_folder["a"], names.Where(n => !n.EndsWith("controlnet_blocks.1.transformer_block.attn2.to_v.bias", StringComparison.Ordinal)).Select(n => TensorToWrite.FromBytes(
            n["w_controlnet_diffusers/".Length..], golden.Tensors[n].Type, golden.Tensors[n].Shape, golden.Tensors.Bytes(n).ToArray())));
        using var weights = WeightsSource.OpenModel(_folder["a"]);
        var identity = WeightsIdentity.Of(weights);
        Assert.Equal("PixArt ControlNet-Transformer of 2 blocks without a base model, diffusers layout", identity.Facts[0]);
        Assert.Equal("controlnet_blocks.1.transformer_block.attn2.to_v.bias [24] is missing", Assert.Single(identity.Missing));
        var error = Assert.Throws<InvalidSettingException>(() =>
        {
            WriteWhole(golden, names);
            WeightsConversion.Convert(_folder["whole"], _folder["x.pth"]);
        });
        Assert.Contains("expected a ControlNet with its base model", error.Message, StringComparison.Ordinal);
    }

    void WriteWhole(Golden golden, string[] names) => SafetensorsWriter.Write(_folder["whole"], names.Select(n => TensorToWrite.FromBytes(
        n["w_controlnet_diffusers/".Length..], golden.Tensors[n].Type, golden.Tensors[n].Shape, golden.Tensors.Bytes(n).ToArray())));
}
