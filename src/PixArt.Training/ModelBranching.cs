using PixArt.Diffusion;
using PixArt.Pipelines;
using PixArt.Training.Features;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Branches experts from one parent: a model folder whose transformers all are the parent's, each for its own timesteps. It makes the
/// parent's pictures to the last bit until the experts are trained.</summary>
public static class ModelBranching
{
    /// <summary>Writes the folder: beside its name first, then renamed.</summary>
    /// <param name="model">The parent: a model folder with one transformer.</param>
    /// <param name="output">The new folder; nothing may be there yet.</param>
    /// <param name="borders">Timesteps between the experts, in any order; each belongs to the noisier one. N borders make N + 1 experts.</param>
    /// <param name="cancellation">Ends the work between two files.</param>
    /// <returns>The experts' names and folders, the noisiest first.</returns>
    /// <exception cref="InvalidSettingException">A border is out of range, or the model has experts already.</exception>
    /// <exception cref="PixArtException">A folder or file is missing or damaged, something is there already, or writing failed.</exception>
    public static IReadOnlyList<(string Name, string Folder)> Write(
        string model, string output, IReadOnlyList<int> borders, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(borders);
        var parent = ModelFolder.Open(model);
        if (File.Exists(Path.Combine(model, ExpertManifest.FileName)))
            throw new InvalidSettingException("model", model, $"one without {ExpertManifest.FileName}: experts branch from one transformer");
        var scheduler = PipelineFolder.ReadScheduler(parent);
        var intervals = ExpertFolder.Between(borders, scheduler.NumTrainTimesteps);
        var transformer = parent.Component("transformer").Path;
        ExpertFolder.Write(model, output, [.. intervals.Select(interval => (interval, transformer))], ComponentHash.Of(transformer), cancellation);
        return [.. intervals.Select(interval => (ExpertFolder.NameOf(interval), Path.Combine(output, ExpertFolder.WeightsOf(interval, scheduler.NumTrainTimesteps))))];
    }
}
