using PixArt.Training.Optimization;

namespace PixArt.Training.Recipes;

/// <summary>How a run is spread over processes; it says nothing where there is but one.</summary>
public sealed record RanksRecipe
{
    /// <summary>Keeps each parameter's optimizer state on one process only (ZeRO-1), instead of on every one.</summary>
    public bool ShardOptimizer { get; set; }

    /// <summary>About how many MB of gradients are summed in one go, above 0. PyTorch takes 25.</summary>
    public double BucketMegabytes { get; set; } = 25;

    internal void Validate(OptimizerKind optimizer)
    {
        if (!(BucketMegabytes > 0)) throw new InvalidSettingException("ranks.bucketMegabytes", BucketMegabytes, "a number above 0");
        if (ShardOptimizer && optimizer == OptimizerKind.Prodigy)
            throw new InvalidSettingException("ranks.shardOptimizer", true, "false with 'optimizer.kind' prodigy, whose estimate is one for all parameters");
    }
}
