using PixArt.Torch;
using PixArt.Training.Features;

namespace PixArt.Training;

/// <summary>Latents and captions of one pass.</summary>
/// <param name="latents">[B, C, h, w], on the CPU.</param>
/// <param name="captions">Theirs.</param>
/// <param name="conditions">Sizes of the pictures, for models that are told them.</param>
sealed class LatentBatch(Tensor latents, CaptionBatch captions, PictureConditions? conditions) : TrainingBatch
{
    public CaptionBatch Captions => captions;

    public PictureConditions? Conditions => conditions;

    /// <summary>The empty prompt for each sample, where a teacher is guided.</summary>
    public CaptionBatch? Empty { get; init; }

    /// <summary>Latents of what a ControlNet reads beside the samples, where there is one.</summary>
    public Tensor? Control { get; init; }

    /// <summary>The noise that a teacher made the latents from, where a student repeats it.</summary>
    public Tensor? Noise { get; init; }

    /// <summary>Tells a person which sample it is.</summary>
    public Func<int, long, string> NameOf { get; init; } = (i, _) => $"sample {i} of the batch";

    /// <summary>As many samples of the class, where a prior is preserved.</summary>
    public LatentBatch? Prior { get; set; }

    public Tensor On(Device device) => latents.To(device);

    protected override void Dispose(bool disposing)
    {
        latents.Dispose();
        captions.Dispose();
        conditions?.Dispose();
        Empty?.Dispose();
        Control?.Dispose();
        Noise?.Dispose();
        Prior?.Dispose();
    }
}
