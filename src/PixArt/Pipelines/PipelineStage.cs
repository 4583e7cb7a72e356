namespace PixArt.Pipelines;

/// <summary>What a pipeline is doing.</summary>
public enum PipelineStage
{
    /// <summary>Bringing files from the hub; a part is a byte.</summary>
    Downloading,

    /// <summary>Reading weights.</summary>
    Loading,

    /// <summary>Turning prompts into text features.</summary>
    EncodingText,

    /// <summary>Turning a picture to start from or to follow into latents.</summary>
    EncodingPicture,

    /// <summary>Denoising; a part is one step of one batch.</summary>
    Sampling,

    /// <summary>Turning latents into pictures.</summary>
    Decoding,
}
