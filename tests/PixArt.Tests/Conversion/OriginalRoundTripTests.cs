using PixArt.Conversion;
using PixArt.Models;
using PixArt.Tests.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Tests.Conversion;

/// <summary>The repositories' files to diffusers' folders and back.</summary>
public sealed class OriginalRoundTripTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Files => [.. GoldenSet.Open().Entries
        .Where(e => e.Name.StartsWith("original/pixart_", StringComparison.Ordinal)).SelectMany(e => e.PthFiles.Select(file => (e.Name, file)))];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void There_and_back_gives_the_same_bytes(string entry, string file)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var original = golden.Set.PathOf(file);
        WeightsConversion.Convert(original, _folder["diffusers"], ConversionFiles.OptionsFor(golden));
        WeightsConversion.Convert(_folder["diffusers"], _folder["back.pth"]);
        Assert.Equal(ConversionFiles.Contents(original), ConversionFiles.Contents(_folder["back.pth"]));
        using var back = PickleFile.Open(_folder["back.pth"]);
        Assert.Equal(["state_dict"], back.Sections);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Both_layouts_give_the_golden_samples(string entry, string file)
    {
        if (file.EndsWith("16.pth", StringComparison.Ordinal)) return; // rounded: not the golden's weights
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        WeightsConversion.Convert(golden.Set.PathOf(file), _folder["diffusers"], ConversionFiles.OptionsFor(golden));
        WeightsConversion.Convert(_folder["diffusers"], _folder["original.safetensors"], new() { Layout = WeightsLayout.Original });
        var folder = new ComponentFolder(_folder["diffusers"]);
        var config = PixArtTransformerConfig.Read(folder.Config());
        using (var weights = folder.OpenWeights()) Compare(golden, config, weights);
        using (var weights = WeightsSource.OpenModel(_folder["original.safetensors"]))
        {
            Assert.Equal("original PixArt layout", weights.Layout);
            Compare(golden, config, weights);
        }
    }

    [Theory]
    [GoldenEntries("original/pixart_")]
    public void Converted_names_and_elements_are_the_reference_converters(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        string[] expected = [.. golden.TensorNames.Where(n => n.StartsWith("w/", StringComparison.Ordinal))];
        if (expected.Length == 0 || golden.Set.Entries.Single(e => e.Name.Equals(entry, StringComparison.Ordinal)).PthFiles is not [var file, ..]) return;
        WeightsConversion.Convert(golden.Set.PathOf(file), _folder["diffusers"], ConversionFiles.OptionsFor(golden));
        using var converted = SafetensorsFile.Open(Path.Combine(_folder["diffusers"], "diffusion_pytorch_model.safetensors"));
        Assert.Equal(expected.Select(n => n[2..]).Order(StringComparer.Ordinal), converted.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var name in expected) Assert.True(golden.Tensors.Bytes(name).SequenceEqual(converted.Bytes(name[2..])), name);
    }

    [Fact]
    public void A_part_of_a_training_checkpoint_is_converted()
    {
        using var golden = GoldenSet.Open().Load("original/pixart_alpha_256");
        var original = golden.Set.PathOf("original/pixart_alpha_256.pth");
        using (var file = PickleFile.Open(original))
        {
            PickleWriter.Write(_folder["ema.pth"], file.Tensors.Values.Select(t => new TensorToWrite(t.Name, t.Type, t.Shape, s => file.Write(t, s))), "state_dict_ema");
        }

        WeightsConversion.Convert(_folder["ema.pth"], _folder["ema.safetensors"], new() { Section = "state_dict_ema" });
        WeightsConversion.Convert(original, _folder["plain.safetensors"]);
        Assert.Equal(ConversionFiles.Contents(_folder["plain.safetensors"]), ConversionFiles.Contents(_folder["ema.safetensors"]));
        var error = Assert.Throws<WeightsException>(() => WeightsConversion.Convert(_folder["ema.pth"], _folder["x.safetensors"], new() { Section = "other" }));
        Assert.EndsWith("has no part 'other'; it has state_dict_ema", error.Message, StringComparison.Ordinal);
    }

    static void Compare(Golden golden, PixArtTransformerConfig config, WeightsSource weights)
    {
        using var model = new PixArtTransformer(config, new ParameterStore(weights));
        using var noGrad = GradMode.Disable();
        var compared = 0;
        foreach (var name in golden.CaseNames)
        {
            using var tensors = new CaseTensors(golden, name);
            if (!tensors.Has("in/x") || !tensors.Has("out/sample")) continue;
            using var scope = TensorScope.Begin();
            tensors.Assert("out/sample", model.Forward(tensors["in/x"], tensors["in/timestep"], tensors["in/y"].Squeeze(1),
                tensors.Optional("in/mask"), tensors.Optional("in/img_hw"), tensors.Optional("in/aspect_ratio")), 1e-5, weights.Layout);
            compared++;
        }

        Assert.NotEqual(0, compared);
    }
}
