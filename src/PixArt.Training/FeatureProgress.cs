namespace PixArt.Training;

/// <summary>Tells a run's listener how many features of a kind there are.</summary>
/// <param name="progress">The listener, or null.</param>
/// <param name="what">What is computed.</param>
sealed class FeatureProgress(IProgress<TrainingEvent>? progress, string what) : IProgress<(long Done, long Total)>
{
    public void Report((long Done, long Total) value) => progress?.Report(new Preparing(what, value.Done, value.Total));
}
