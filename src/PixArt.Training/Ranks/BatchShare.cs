namespace PixArt.Training.Ranks;

/// <summary>The part of every batch that one process of a job takes: the batch in as many equal pieces as there are processes.</summary>
/// <param name="Rank">Number of the process, from 0.</param>
/// <param name="World">Number of processes.</param>
public sealed record BatchShare(int Rank, int World)
{
    /// <summary>All of it.</summary>
    public static BatchShare Whole { get; } = new(0, 1);

    /// <summary>This process's piece of what belongs to the samples of a whole batch.</summary>
    /// <param name="batch">One for each sample; a multiple of the number of processes.</param>
    public T[] Of<T>(T[] batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var size = batch.Length / World;
        return batch.AsSpan(Rank * size, size).ToArray();
    }
}
