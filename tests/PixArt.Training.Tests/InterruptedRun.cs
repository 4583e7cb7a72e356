using PixArt.Training.Recipes;

namespace PixArt.Training.Tests;

/// <summary>A run that is cancelled on its way, to be resumed.</summary>
static class InterruptedRun
{
    /// <summary>Trains until a step is made.</summary>
    public static void UpTo(long step, TrainingRecipe recipe)
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => TrainingRun.Run(recipe, new Listener(made =>
        {
            if (made is StepMade now && now.Step == step) stop.Cancel();
        }), stop.Token));
    }
}
