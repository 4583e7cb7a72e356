using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>Pictures of a pipeline that shall follow the edges of composed scenes, for <see cref="SceneEvaluation"/>.</summary>
/// <param name="composer">Draws the scenes.</param>
/// <param name="scenes">The scene of each prompt.</param>
public sealed class ControlledPictures(SceneComposer composer, IReadOnlyList<Scene> scenes)
{
    /// <summary>The picture whose edges prompt <paramref name="index"/> shall follow.</summary>
    public Image Wanted(int index)
    {
        var pixels = GC.AllocateUninitializedArray<byte>(SceneComposer.PictureBytes);
        composer.Compose(scenes[index], pixels);
        return new(Scene.Side, Scene.Side, 3, pixels);
    }

    /// <summary>A source over the pipeline, seeded as <see cref="PipelinePictures"/> is: strength 0 gives its pictures.</summary>
    /// <param name="pipeline">Draws, with a ControlNet; it stays the caller's.</param>
    /// <param name="request">Steps, guidance and the like; its prompts are replaced.</param>
    /// <param name="kind">How edges are found: hed or gradient.</param>
    /// <param name="strength">How strongly they are followed, 0 to 2.</param>
    public PictureSource From(PixArtPipeline pipeline, GenerationRequest request, ControlKind kind, double strength) => async (prompts, first, cancellation) =>
    {
        var pictures = new List<Image>(prompts.Count);
        for (var i = 0; i < prompts.Count; i++)
        {
            var steered = request with { Control = new() { Image = Wanted(first + i), Kind = kind, Strength = strength } };
            pictures.AddRange(await PipelinePictures.From(pipeline, steered)([prompts[i]], first + i, cancellation).ConfigureAwait(false));
        }

        return pictures;
    };

    /// <summary>Compares a picture's edges with those that it should follow.</summary>
    public EdgeOverlap Compare(int index, Image picture) => EdgeOverlap.Between(Wanted(index), picture);
}
