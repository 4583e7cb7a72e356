using PixArt.Training.Checkpoints;

namespace PixArt.Training.Ranks;

/// <summary>Which checkpoint the processes go on from.</summary>
static class SharedCheckpoint
{
    /// <summary>The newest whole one that rank 0 finds; the others load the same.</summary>
    /// <exception cref="PixArtException">A process does not see it.</exception>
    public static Checkpoint? Latest(this CheckpointStore store, TrainingRanks ranks, Action<string>? warn)
    {
        var found = ranks.IsFirst ? store.Latest(warn) : null;
        if (ranks.World == 1) return found;
        var name = ranks.First(Path.GetFileName(found?.Folder) ?? "");
        if (name.Length == 0) return null;
        return found ?? store.Named(name) ?? throw new PixArtException(
            $"rank {ranks.Rank} does not see the checkpoint '{name}' that rank 0 goes on from: 'output' must lie where all processes see it");
    }
}
