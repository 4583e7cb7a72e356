using PixArt.Pipelines;

namespace PixArt.Cli.Rendering;

/// <summary>Puts a pipeline's progress into the words of the terminal.</summary>
internal sealed class PipelineSteps(IProgress<Step> inner) : IProgress<PipelineProgress>
{
    public void Report(PipelineProgress value) => inner.Report(new(value.Stage switch
    {
        PipelineStage.Loading => "loading the model",
        PipelineStage.EncodingText => "reading the prompt",
        PipelineStage.EncodingPicture => "reading the picture",
        PipelineStage.Sampling => "sampling",
        PipelineStage.Decoding => "decoding",
        _ => value.Stage.ToString(),
    }, value.Done, value.Total));
}
