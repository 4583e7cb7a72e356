namespace PixArt.Training.Optimization;

/// <summary>Several optimizers, each with its own parameters, that step together.</summary>
/// <param name="members">The optimizers; they belong to this object from now on.</param>
public sealed class OptimizerSet(IReadOnlyList<IOptimizer> members) : IOptimizer
{
    /// <inheritdoc/>
    public long StepCount
    {
        get => members[0].StepCount;
        set
        {
            foreach (var member in members) member.StepCount = value;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<TrainedTensor> State => members.SelectMany(member => member.State);

    /// <inheritdoc/>
    public void Step(double learningRate, double gradientScale = 1)
    {
        foreach (var member in members) member.Step(learningRate, gradientScale);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var member in members) member.Dispose();
    }
}
