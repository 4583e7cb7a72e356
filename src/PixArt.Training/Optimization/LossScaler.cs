namespace PixArt.Training.Optimization;

/// <summary>Keeps the loss scaled as far up as fp16 gradients allow (Micikevicius et al. 2018): down after every step whose gradients
/// overflowed and which is therefore not made, up again after many that did not.</summary>
/// <param name="options">How fast.</param>
sealed class LossScaler(LossScaling options)
{
    /// <summary>The least scale that still helps.</summary>
    const double Least = 1;

    /// <summary>The scale now.</summary>
    public LossScale Current { get; private set; } = new(options.Initial, 0);

    /// <summary>Goes on from a checkpoint.</summary>
    public void Resume(LossScale known) => Current = known;

    /// <summary>Takes the outcome of a step in.</summary>
    /// <param name="overflowed">Whether its gradients did, so that it was not made.</param>
    /// <param name="statistics">Is told the scale, and the share of steps that were not made.</param>
    /// <exception cref="PixArtException">Gradients overflow whatever the scale.</exception>
    public void Settle(bool overflowed, LossStatistics statistics)
    {
        statistics.Add("lossScale", Current.Factor);
        statistics.Add("skippedSteps", overflowed ? 1 : 0);
        var good = overflowed ? 0 : Current.GoodSteps + 1;
        var grows = good == options.GrowthInterval;
        Current = new(Current.Factor * (overflowed ? options.Backoff : grows ? options.Growth : 1), grows ? 0 : good);
        if (Current.Factor < Least)
            throw new PixArtException(
                "training stopped: gradients overflow fp16 at every scale of the loss; train with 'precision' bf16 or fp32, or a lower learning rate");
    }
}
