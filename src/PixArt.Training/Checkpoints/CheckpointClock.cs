using System.Diagnostics;
using PixArt.Training.Recipes;

namespace PixArt.Training.Checkpoints;

/// <summary>Says when a checkpoint is due, by steps and by minutes since the last one.</summary>
sealed class CheckpointClock(CheckpointRecipe recipe)
{
    readonly Stopwatch _sinceLast = Stopwatch.StartNew();

    public bool IsDue(long step)
    {
        var bySteps = recipe.EverySteps is { } steps && step % steps == 0;
        var byTime = recipe.EveryMinutes is { } minutes && _sinceLast.Elapsed.TotalMinutes >= minutes;
        if (bySteps || byTime) _sinceLast.Restart();
        return bySteps || byTime;
    }
}
