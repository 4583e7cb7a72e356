namespace PixArt.Training.Objectives;

/// <summary>Loss weights of the min-SNR strategy (Hang et al. 2023).</summary>
public static class MinSnr
{
    /// <summary>min(SNR, gamma) or its soft form, divided by SNR for the noise, by SNR + 1 for the velocity, by 1 for x_0.</summary>
    /// <param name="signalToNoise">product / (1 - product) at the sample's timestep.</param>
    /// <param name="gamma">The limit; 5 is usual.</param>
    /// <param name="target">What the model predicts.</param>
    /// <param name="form">Which form.</param>
    public static double Weight(
        double signalToNoise, double gamma, PredictionTarget target, MinSnrForm form = MinSnrForm.Standard)
    {
        if (target == PredictionTarget.Velocity && form == MinSnrForm.Shifted)
            return Math.Min(signalToNoise + 1, gamma) / (signalToNoise + 1);
        var limited = form == MinSnrForm.Soft ? signalToNoise * gamma / (signalToNoise + gamma) : Math.Min(signalToNoise, gamma);
        return target switch
        {
            PredictionTarget.Epsilon => limited / signalToNoise,
            PredictionTarget.Velocity => limited / (signalToNoise + 1),
            _ => limited,
        };
    }
}
