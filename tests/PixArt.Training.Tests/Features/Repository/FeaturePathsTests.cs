using PixArt.Training.Features.Repository;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Features.Repository;

/// <summary>The names that the repositories' dataset classes ask for.</summary>
public sealed class FeaturePathsTests
{
    [Theory]
    [InlineData(FeatureLayout.Sam, "sa_1", "caption_feature_wmask/sa_1.npz", "img_vae_feature/train_vae_512/noflip/sa_1.npy")]
    [InlineData(FeatureLayout.Alpha, "x/y/1.png", "caption_feature_wmask/x/y_1.npz", "img_vae_features_512resolution/noflip/x/y_1.npy")]
    [InlineData(FeatureLayout.Alpha, "1.png", "caption_feature_wmask/1.npz", "img_vae_features_512resolution/noflip/1.npy")]
    [InlineData(FeatureLayout.Alpha, "x/1.jpg", "caption_feature_wmask/x_1.jpg", "img_vae_features_512resolution/noflip/x_1.jpg")]
    [InlineData(FeatureLayout.AlphaMultiScale, "x/1.png", "caption_feature_wmask/x_1.npz", "img_vae_fatures_512_multiscale/ms/x_1.npy")]
    [InlineData(FeatureLayout.AlphaEdges, "x/1.png", "caption_features/x_1.npz", "img_vae_features_512resolution/noflip/x_1.npy")]
    [InlineData(FeatureLayout.Sigma, "x/y/1.png", "caption_features_new/1.npz", "img_sdxl_vae_features_512resolution_new/1.npy")]
    [InlineData(FeatureLayout.SigmaMultiScale, "x/y/1.png", "caption_features_new/x/y_1.npz", "img_sdxl_vae_features_512resolution_ms_new/x/y_1.npy")]
    [InlineData(FeatureLayout.SigmaMultiScale, "x/1.JPEG", "caption_features_new/x_1.npz", "img_sdxl_vae_features_512resolution_ms_new/x_1.npy")]
    [InlineData(FeatureLayout.SigmaMultiScale, "1.webp", "caption_features_new/1.npz", "img_sdxl_vae_features_512resolution_ms_new/1.npy")]
    [InlineData(FeatureLayout.Dmd, "x/y/1.png", "caption_features_new/1.npz", "InternImgs_DMD_latents/1.npy")]
    public void Paths_OfEachLayout_AreTheReaders(FeatureLayout layout, string path, string text, string latents)
    {
        var paths = new FeaturePaths(layout, "root", 512);
        Assert.Equal(("root/" + text, "root/" + latents), (paths.Text(path), paths.Latents(path)));
    }

    [Fact]
    public void Paths_OfLongCaptionsEdgesNoiseAndTheEmptyPrompt_AreTheReaders()
    {
        var sigma = new FeaturePaths(FeatureLayout.SigmaMultiScale, "root", 1024);
        Assert.Equal("root/sharegpt4v_caption_features_new/x_1.npz", sigma.Text("x/1.png", isLong: true));
        Assert.Equal("root/null_embed_diffusers_300token.pth", sigma.NullText(sigma.Tokens));
        Assert.Equal("root/InternImgs_DMD_noises/1.npy", new FeaturePaths(FeatureLayout.Dmd, "root", 512).Noise("x/y/1.png"));
        Assert.Equal("root/hed_feature_1024/x/1.npz", new FeaturePaths(FeatureLayout.AlphaEdges, "root", 1024).Edges("x/1.png"));
    }
}
