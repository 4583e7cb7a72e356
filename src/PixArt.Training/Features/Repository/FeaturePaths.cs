using PixArt.Training.Recipes;

namespace PixArt.Training.Features.Repository;

/// <summary>Where the repositories' classes look for the features of a picture. Their spelling, "fatures" included, is kept.</summary>
/// <param name="layout">Which class.</param>
/// <param name="root">The folder above all of them.</param>
/// <param name="resolution">The resolution in the folders' names.</param>
sealed class FeaturePaths(FeatureLayout layout, string root, int resolution)
{
    static readonly string[] s_sigmaEndings = [".png", ".jpg", ".webp", ".jpeg", ".JPEG", ".JPG"];

    /// <summary>The folder above all of them.</summary>
    public string Root => root;

    /// <summary>Text tokens that the layout has.</summary>
    public int Tokens => IsSigma ? 300 : 120;

    /// <summary>Whether text features are half precision with 16-bit masks, as Σ's are.</summary>
    public bool IsSigma => layout is FeatureLayout.Sigma or FeatureLayout.SigmaMultiScale;

    /// <summary>Whether pictures have many sizes.</summary>
    public bool IsMultiScale => layout is FeatureLayout.AlphaMultiScale or FeatureLayout.SigmaMultiScale;

    /// <summary>Whether latents are a teacher's, as the denoiser sees them, each with its noise beside it; else those of pictures: means, then deviations.</summary>
    public bool HoldsPairs => layout == FeatureLayout.Dmd;

    /// <summary>The file of the empty prompt's features.</summary>
    /// <param name="tokens">Their tokens.</param>
    public string NullText(int tokens) => Path.Combine(root, $"null_embed_diffusers_{tokens}token.pth");

    /// <summary>The text features of a picture.</summary>
    /// <param name="path">Its path as the data's list has it.</param>
    /// <param name="isLong">Those of its long caption.</param>
    public string Text(string path, bool isLong = false) => Path.Combine(root, TextFolder(isLong), Named(path, ".npz"));

    /// <summary>The latents of a picture.</summary>
    /// <param name="path">Its path as the data's list has it.</param>
    public string Latents(string path) => Path.Combine(root, LatentFolder, Named(path, ".npy"));

    /// <summary>The noise that a teacher made the latents from.</summary>
    /// <param name="path">The picture's path as the data's list has it.</param>
    public string Noise(string path) => Path.Combine(root, "InternImgs_DMD_noises", Named(path, ".npy"));

    /// <summary>The latents of a picture's edges.</summary>
    /// <param name="path">Its path as the data's list has it; its folders are kept.</param>
    public string Edges(string path) => Path.Combine(root, $"hed_feature_{resolution}", Replaced(path, ".npz"));

    string TextFolder(bool isLong) => (layout, isLong) switch
    {
        (FeatureLayout.Sigma or FeatureLayout.SigmaMultiScale, true) => "sharegpt4v_caption_features_new",
        (FeatureLayout.Sigma or FeatureLayout.SigmaMultiScale, false) or (FeatureLayout.Dmd, _) => "caption_features_new",
        (FeatureLayout.AlphaEdges, _) => "caption_features",
        _ => "caption_feature_wmask",
    };

    string LatentFolder => layout switch
    {
        FeatureLayout.Sam => Path.Combine("img_vae_feature", $"train_vae_{resolution}", "noflip"),
        FeatureLayout.AlphaMultiScale => Path.Combine($"img_vae_fatures_{resolution}_multiscale", "ms"),
        FeatureLayout.Sigma => $"img_sdxl_vae_features_{resolution}resolution_new",
        FeatureLayout.SigmaMultiScale => $"img_sdxl_vae_features_{resolution}resolution_ms_new",
        FeatureLayout.Dmd => "InternImgs_DMD_latents",
        _ => Path.Combine($"img_vae_features_{resolution}resolution", "noflip"),
    };

    // The last folder joined to the name, or (Σ's square class and DMD's) the name alone.
    string Named(string path, string ending)
    {
        var last = path.LastIndexOf('/');
        if (layout == FeatureLayout.Sam) return path[(last + 1)..] + ending;
        if (last < 0) return Replaced(path, ending);
        return Replaced(layout is FeatureLayout.Sigma or FeatureLayout.Dmd ? path[(last + 1)..] : $"{path[..last]}_{path[(last + 1)..]}", ending);
    }

    // Every occurrence, as the repositories replace; α, Σ's square class and DMD's know .png alone.
    string Replaced(string name, string ending)
    {
        foreach (var picture in layout == FeatureLayout.SigmaMultiScale ? s_sigmaEndings : [".png"])
            name = name.Replace(picture, ending, StringComparison.Ordinal);
        return name;
    }
}
