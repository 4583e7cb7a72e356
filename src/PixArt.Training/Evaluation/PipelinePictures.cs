using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>Pictures of a pipeline, for <see cref="SceneEvaluation"/>.</summary>
public static class PipelinePictures
{
    /// <summary>A source over the pipeline: the picture of prompt i is drawn with the request's seed (0 where null) plus i.</summary>
    /// <param name="pipeline">Draws; it stays the caller's.</param>
    /// <param name="request">Steps, guidance and the like; its prompts are replaced.</param>
    /// <exception cref="InvalidSettingException">The model makes pictures of another size, or cannot do what the request asks.</exception>
    public static PictureSource From(PixArtPipeline pipeline, GenerationRequest request)
    {
        if (pipeline.NativeSide != Scene.Side)
            throw new InvalidSettingException("model", $"{pipeline.Folder}, which makes pictures of {pipeline.NativeSide} px,", $"one trained on scenes of {Scene.Side} px");
        pipeline.Check(request);
        return async (prompts, first, cancellation) =>
        {
            var batch = request with { Prompts = prompts, Count = 1, Seed = (request.Seed ?? 0) + (ulong)first, BatchSize = prompts.Count };
            var pictures = await pipeline.GenerateAsync(batch, progress: null, cancellation).ConfigureAwait(false);
            return [.. pictures.Select(picture => picture.Image)];
        };
    }
}
