using PixArt.Fuzz;
using PixArt.Pipelines;
using PixArt.Weights;

namespace PixArt.Tests.Pipelines;

/// <summary>A model folder whose text encoder is a GGUF file and nothing else.</summary>
public sealed class PackedTextEncoderTests : IDisposable
{
    static readonly GenerationRequest s_request = new() { Prompts = ["a fox"], Steps = 2, Seed = 5 };

    readonly TemporaryFolder _folder = new();

    static string Original => GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_makes_the_same_picture(bool streamed)
    {
        Write();
        using var plain = await PixArtPipeline.LoadAsync(Original);
        using var packed = await PixArtPipeline.LoadAsync(_folder.Path, new() { StreamTextEncoder = streamed });
        var expected = await plain.GenerateAsync(s_request);
        var found = await packed.GenerateAsync(s_request);
        Assert.Equal(expected[0].Image.Pixels, found[0].Image.Pixels);
    }

    void Write()
    {
        foreach (var file in Directory.GetFiles(Original, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(Original, file);
            if (relative.StartsWith("text_encoder", StringComparison.Ordinal)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[relative])!);
            File.Copy(file, _folder[relative]);
        }

        Directory.CreateDirectory(_folder["text_encoder"]);
        var builder = new GgufBuilder().Setting("general.architecture", "t5encoder");
        using var weights = WeightsFile.Open(Path.Combine(Original, "text_encoder", "model.safetensors"));
        foreach (var tensor in weights.Tensors.Values)
            builder.Tensor(KeyMaps.GgufT5(gated: true).ToForeign(tensor.Name)!.Name, [.. tensor.Shape], 0, weights.Bytes(tensor.Name).ToArray());
        builder.Write(_folder["text_encoder/t5-F32.gguf"]);
    }
}
