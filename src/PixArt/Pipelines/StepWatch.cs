using PixArt.Diffusion;
using PixArt.Imaging;

namespace PixArt.Pipelines;

/// <summary>Counts the steps of all batches as one.</summary>
/// <param name="progress">Who is told; null: nobody.</param>
/// <param name="batches">How many batches.</param>
/// <param name="steps">Steps of each; null: the sampler chooses them, and hundredths of each are counted.</param>
sealed class StepWatch(IProgress<PipelineProgress>? progress, int batches, int? steps) : IProgress<SamplingProgress>
{
    readonly int _total = batches * (steps ?? SamplingLoop.Hundredths);
    int _done, _before;

    /// <summary>What goes along with the next report.</summary>
    public IReadOnlyList<Image> Previews { get; set; } = [];

    /// <summary>Tells that sampling begins.</summary>
    public void Begin() => progress?.Report(new(PipelineStage.Sampling, 0, Math.Max(_total, 1)) { IsShare = steps is null });

    /// <inheritdoc/>
    public void Report(SamplingProgress value)
    {
        _done = steps is null ? _before + value.Done : _done + 1;
        if (value.Done == value.Total) _before = _done;
        progress?.Report(new(PipelineStage.Sampling, _done, _total) { Previews = Previews, IsShare = steps is null });
    }
}
