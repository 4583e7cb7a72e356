using PixArt.Models;
using PixArt.Torch;
using static PixArt.Tests.Models.SmallModels;

namespace PixArt.Tests.Models;

public sealed class PerturbedBlocksTests
{
    static readonly PixArtTransformerConfig s_config = Transformer with { UseAdditionalConditions = false };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_every_block_perturbed_no_patch_knows_of_another(bool fused)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new PixArtTransformer(s_config, Store());
        if (fused) model.FuseProjections();
        var latents = Noise(1, 1, 4, 8, 8);
        var other = latents.Clone();
        other.Narrow(2, 0, 2).Narrow(3, 0, 2).AddInPlace(Tensor.Ones([1, 4, 2, 2]));
        var perturbed = new HashSet<int> { 0, 1, 2 };
        var (before, after) = (Predict(model, latents, perturbed), Predict(model, other, perturbed));
        Assert.Equal(Rest(before), Rest(after));
        Assert.NotEqual(before.ToArray<float>(), after.ToArray<float>());
        Assert.NotEqual(Rest(Predict(model, latents, new HashSet<int> { 0, 1 })), Rest(Predict(model, other, new HashSet<int> { 0, 1 })));

        static float[] Rest(Tensor t) => t.Narrow(2, 2, 6).ToArray<float>();
    }

    [Fact]
    public void A_single_token_attends_to_itself_anyway()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new PixArtTransformer(s_config, Store());
        var latents = Noise(1, 2, 4, 2, 2);
        Close.Assert(Predict(model, latents, null), Predict(model, latents, new HashSet<int> { 0, 1, 2 }), 1e-6, "one token");
    }

    static Tensor Predict(PixArtTransformer model, Tensor latents, HashSet<int>? perturbed)
    {
        using var captions = Noise(4, latents.Size(0), 5, 10);
        using var state = model.EncodeCaptions(captions);
        using var timestep = Tensor.FromArray([321f], 1);
        return model.Forward(latents, timestep, state, perturbedBlocks: perturbed);
    }
}
