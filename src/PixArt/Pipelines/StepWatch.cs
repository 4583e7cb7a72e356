using PixArt.Diffusion;
using PixArt.Imaging;

namespace PixArt.Pipelines;

/// <summary>Counts the steps of all batches as one.</summary>
/// <param name="progress">Who is told; null: nobody.</param>
/// <param name="total">Steps of all batches.</param>
sealed class StepWatch(IProgress<PipelineProgress>? progress, int total) : IProgress<SamplingProgress>
{
    int _done;

    /// <summary>What goes along with the next report.</summary>
    public IReadOnlyList<Image> Previews { get; set; } = [];

    /// <summary>Tells that sampling begins.</summary>
    public void Begin() => progress?.Report(new(PipelineStage.Sampling, 0, Math.Max(total, 1)));

    /// <inheritdoc/>
    public void Report(SamplingProgress value) => progress?.Report(new(PipelineStage.Sampling, ++_done, total) { Previews = Previews });
}
