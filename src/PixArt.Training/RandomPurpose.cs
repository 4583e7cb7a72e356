namespace PixArt.Training;

/// <summary>What a random stream is drawn for. Numbers are part of a run's identity: never renumber one.</summary>
public enum RandomPurpose
{
    /// <summary>First values of the parameters.</summary>
    Initialization = 1,

    /// <summary>The order in which samples are visited.</summary>
    Order = 2,

    /// <summary>Timesteps of a step.</summary>
    Timestep = 3,

    /// <summary>Noise that is added to the latents.</summary>
    Noise = 4,

    /// <summary>Which captions are dropped.</summary>
    CaptionDropout = 5,

    /// <summary>Noise of the autoencoder's posterior.</summary>
    Posterior = 6,

    /// <summary>Where images are cropped.</summary>
    Crop = 7,

    /// <summary>Which phrasing of a caption is used.</summary>
    Caption = 8,

    /// <summary>Noise that sample sheets start from.</summary>
    Sample = 9,

    /// <summary>Timesteps and noise of held-out samples.</summary>
    HeldOut = 10,

    /// <summary>First values of an adapter.</summary>
    AdapterInitialization = 30,

    /// <summary>What an adapter's dropout leaves out.</summary>
    AdapterDropout = 31,

    /// <summary>The order of the images that a prior is preserved with.</summary>
    PriorOrder = 32,

    /// <summary>Offsets of whole channels of the noise.</summary>
    NoiseOffset = 40,

    /// <summary>Noise of what the model sees, beside the noise that it shall predict.</summary>
    InputPerturbation = 41,

    /// <summary>Which way parameters of a small type are rounded.</summary>
    Rounding = 42,

    /// <summary>Which visits of a picture are mirrored.</summary>
    Flip = 20,

    /// <summary>Which caption of a picture is used, and the order of its parts.</summary>
    CaptionChoice = 21,
}
