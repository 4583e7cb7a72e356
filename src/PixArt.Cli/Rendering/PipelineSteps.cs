using PixArt.Pipelines;

namespace PixArt.Cli.Rendering;

/// <summary>Puts a pipeline's progress into the words of the terminal.</summary>
/// <param name="inner">The terminal.</param>
/// <param name="preview">Who shows what pictures look like so far; null: nobody.</param>
internal sealed class PipelineSteps(IProgress<Step> inner, IProgress<PipelineProgress>? preview = null) : IProgress<PipelineProgress>
{
    public void Report(PipelineProgress value)
    {
        preview?.Report(value);
        inner.Report(StepOf(value));
    }

    static Step StepOf(PipelineProgress value) => new(value.Stage switch
    {
        PipelineStage.Downloading => "downloading",
        PipelineStage.Loading => "loading the model",
        PipelineStage.EncodingText => "reading the prompt",
        PipelineStage.EncodingPicture => "reading the picture",
        PipelineStage.Sampling => "sampling",
        PipelineStage.Decoding => "decoding",
        _ => value.Stage.ToString(),
    }, value.Done, value.Total, value.Stage == PipelineStage.Downloading, value.IsShare);
}
