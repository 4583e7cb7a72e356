using PixArt.Imaging;

namespace PixArt.Pipelines;

/// <summary>How far a pipeline has come.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Finished parts of the stage, 0 to <paramref name="Total"/>.</param>
/// <param name="Total">All parts of the stage, at least 1: bytes to download, files to load, texts to encode, steps of all pictures, pictures.</param>
public sealed record PipelineProgress(PipelineStage Stage, long Done, long Total)
{
    /// <summary>Whether the parts are hundredths of the way through a picture instead of steps: the sampler chooses its steps while it runs.</summary>
    public bool IsShare { get; init; }

    /// <summary>While sampling with <see cref="GenerationRequest.Previews"/>, the batch in work as it looks so far; otherwise empty.</summary>
    public IReadOnlyList<Image> Previews { get; init; } = [];
}
