namespace PixArt.Training.Tests;

/// <summary>Hears of progress on the thread that makes it.</summary>
sealed class Listener(Action<TrainingEvent> action) : IProgress<TrainingEvent>
{
    public void Report(TrainingEvent value) => action(value);
}
