namespace PixArt.Training.Recipes;

/// <summary>How the PixArt repositories name folders and files of features; each is one of their dataset classes.</summary>
public enum FeatureLayout
{
    /// <summary>PixArt-α's SAM: SA1B, square pictures.</summary>
    Sam,

    /// <summary>PixArt-α's InternalData: square pictures.</summary>
    Alpha,

    /// <summary>PixArt-α's InternalDataMS: many sizes.</summary>
    AlphaMultiScale,

    /// <summary>PixArt-δ's InternalDataHed: square pictures with the features of their edges.</summary>
    AlphaEdges,

    /// <summary>PixArt-Σ's InternalDataSigma: square pictures.</summary>
    Sigma,

    /// <summary>PixArt-Σ's InternalDataMSSigma: many sizes.</summary>
    SigmaMultiScale,

    /// <summary>PixArt-Σ's DMD: latents that a teacher made of each caption, with the noise that they came from.</summary>
    Dmd,
}
