namespace PixArt.Training;

/// <summary>Something that a run tells while it goes on.</summary>
public abstract record TrainingEvent;

/// <summary>A step was made.</summary>
/// <param name="Step">Optimizer steps made so far.</param>
/// <param name="Steps">Optimizer steps in all.</param>
/// <param name="Loss">Loss of this step.</param>
/// <param name="SmoothedLoss">Its running mean.</param>
/// <param name="SamplesPerSecond">Samples a second, lately.</param>
/// <param name="Elapsed">Time spent training, over all processes of the run.</param>
/// <param name="Remaining">Estimated time left, or null at the beginning.</param>
public sealed record StepMade(
    long Step, long Steps, double Loss, double SmoothedLoss, double SamplesPerSecond, TimeSpan Elapsed, TimeSpan? Remaining)
    : TrainingEvent;

/// <summary>Features are being computed before training begins.</summary>
/// <param name="What">What is computed.</param>
/// <param name="Done">Samples done.</param>
/// <param name="Total">Samples in all.</param>
public sealed record Preparing(string What, long Done, long Total) : TrainingEvent;

/// <summary>A file or folder was written.</summary>
/// <param name="What">What it is: <c>checkpoint</c>, <c>result</c>, <c>loss plot</c>, <c>report</c>, <c>sample sheet</c>.</param>
/// <param name="Path">Where it is.</param>
public sealed record Written(string What, string Path) : TrainingEvent;

/// <summary>A line for the person who watches.</summary>
/// <param name="Message">One line.</param>
public sealed record Notice(string Message) : TrainingEvent;
