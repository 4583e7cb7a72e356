using PixArt.Conversion;
using PixArt.Weights;

namespace PixArt.Tests.Conversion;

public sealed class WeightsIdentityTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static WeightsIdentity Of(string golden)
    {
        using var leak = new LeakCheck();
        using var weights = WeightsSource.OpenModel(GoldenSet.Open().PathOf(golden));
        return WeightsIdentity.Of(weights);
    }

    [Theory]
    [InlineData("original/pixart_alpha_1024ms.pth", "PixArt transformer (α), original PixArt layout", "micro-conditions: size and aspect ratio")]
    [InlineData("original/pixart_alpha_256.pth", "original PixArt layout", "no micro-conditions")]
    [InlineData("original/pixart_sigma_qknorm.pth", "PixArt transformer (Σ), original PixArt layout", "query and key norms")]
    [InlineData("original/pixart_sigma_kv_conv.pth", "PixArt transformer (Σ), original PixArt layout", "keys and values compressed (conv, factor 2) in blocks 1")]
    public void Original_transformers_are_recognised(string file, string name, string variant)
    {
        var identity = Of(file);
        Assert.Equal(ModelKind.Transformer, identity.Kind);
        Assert.EndsWith(name, identity.Facts[0], StringComparison.Ordinal);
        Assert.Contains(identity.Facts, fact => fact.StartsWith(variant, StringComparison.Ordinal));
        Assert.Matches(@"^[23] blocks of width 24, patches of 2, 4 channels in and 8 out, captions of \d+$", identity.Facts[1]);
        Assert.Empty(identity.Missing);
        Assert.Empty(identity.LeftOver);
    }

    [Theory]
    [InlineData("transformer", ModelKind.Transformer, "PixArt transformer (")]
    [InlineData("vae", ModelKind.Autoencoder, "autoencoder (AutoencoderKL), diffusers layout")]
    [InlineData("text_encoder", ModelKind.TextEncoder, "T5 encoder (v1.1, gated GELU), diffusers layout")]
    public void A_pipelines_parts_are_recognised_and_whole(string part, ModelKind kind, string name)
    {
        var folder = new ComponentFolder(Path.Combine(GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder"), part));
        using var weights = folder.OpenWeights();
        foreach (var config in new[] { folder.Config(), null })
        {
            var identity = WeightsIdentity.Of(weights, config);
            Assert.Equal(kind, identity.Kind);
            Assert.StartsWith(name, identity.Facts[0], StringComparison.Ordinal);
            Assert.Empty(identity.Missing);
            Assert.Empty(identity.LeftOver);
            Assert.Equal(weights.Names.Where(n => n is not "pos_embed.pos_embed").Sum(n => weights.Find(n)!.Count), identity.Parameters);
        }
    }

    [Fact]
    public void What_is_missing_misshapen_or_left_over_is_told()
    {
        using (var file = SafetensorsFile.Open(Path.Combine(GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder"), "transformer", "diffusion_pytorch_model.safetensors")))
        {
            SafetensorsWriter.Write(_folder["a"], file.Tensors.Values.Where(t => t.Name is not "scale_shift_table").Select(t => t.Name is "proj_out.bias"
                ? ConversionFiles.Random(t.Name, 5) : TensorToWrite.FromBytes(t.Name, t.Type, t.Shape, file.Bytes(t.Name).ToArray())).Append(ConversionFiles.Random("stranger", 1)).ToList());
        }

        using var weights = WeightsSource.OpenModel(_folder["a"]);
        var identity = WeightsIdentity.Of(weights);
        Assert.Equal("stranger", Assert.Single(identity.LeftOver));
        Assert.Equal(2, identity.Missing.Count);
        Assert.Matches(@"^scale_shift_table \[2, \d+\] is missing$", identity.Missing[0]);
        Assert.Equal("proj_out.bias has shape [5], expected [32]", identity.Missing[1]);
    }

    [Fact]
    public void Anything_else_is_not_known()
    {
        var identity = Of("original/train_checkpoint.pth");
        Assert.Equal((ModelKind.Unknown, 0, 0), (identity.Kind, identity.Facts.Count, identity.Missing.Count));
    }
}
