namespace PixArt.Training;

/// <summary>Passes events on one at a time, whichever thread they come from.</summary>
sealed class SerialProgress(IProgress<TrainingEvent> listener) : IProgress<TrainingEvent>
{
    readonly Lock _gate = new();

    public void Report(TrainingEvent value)
    {
        lock (_gate) listener.Report(value);
    }
}
