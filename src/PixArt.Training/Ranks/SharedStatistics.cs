using System.Text.Json;
using PixArt.Training.Checkpoints;

namespace PixArt.Training.Ranks;

/// <summary>Brings what the processes know of the loss together.</summary>
static class SharedStatistics
{
    /// <summary>Rank 0 then has the terms of all, the others none.</summary>
    public static void Collect(this LossStatistics statistics, TrainingRanks ranks)
    {
        if (ranks.World == 1) return;
        var own = JsonSerializer.Serialize(statistics.ToState(), CheckpointJson.Default.LossState);
        var all = ranks.Gather(ranks.IsFirst ? "" : own);
        if (!ranks.IsFirst)
        {
            statistics.Clear();
            return;
        }

        foreach (var text in all.Skip(1))
            foreach (var (name, term) in JsonSerializer.Deserialize(text, CheckpointJson.Default.LossState)!.Terms) statistics.Add(name, term);
    }
}
