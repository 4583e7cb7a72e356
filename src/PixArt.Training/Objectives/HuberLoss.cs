using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>The pseudo-Huber loss in the place of the mean square: 2c(√(d² + c²) - c), a square for errors well below c and an absolute value
/// above, so that outliers weigh less. c may change with the timestep (Khrapov et al. 2024).</summary>
public sealed record HuberLoss
{
    /// <summary>c: of <see cref="HuberSchedule.Constant"/> everywhere, of the others at the noisy end; above 0 and at most 1.</summary>
    public double C { get; set; } = 0.1;

    /// <summary>How c goes over the timesteps.</summary>
    public HuberSchedule Schedule { get; set; } = HuberSchedule.Snr;

    /// <summary>Leaves the factor c out, 2(√(d² + c²) - c): an absolute value of slope 2 as c goes to 0.</summary>
    public bool SmoothL1 { get; set; }

    /// <summary>c at a timestep.</summary>
    /// <param name="process">The noise schedule.</param>
    /// <param name="t">The timestep.</param>
    public double At(DiffusionProcess process, long t)
    {
        ArgumentNullException.ThrowIfNull(process);
        return Schedule switch
        {
            HuberSchedule.Exponential => Math.Pow(C, (double)t / process.Steps),
            HuberSchedule.Snr => C + ((1 - C) / Math.Pow(1 + (1 / Math.Sqrt(process.SignalToNoise(t))), 2)),
            _ => C,
        };
    }

    /// <summary>The loss of each sample, [B].</summary>
    /// <param name="prediction">[B, C, H, W].</param>
    /// <param name="target">Of the same shape.</param>
    /// <param name="process">The noise schedule.</param>
    /// <param name="indices">B timesteps.</param>
    public Tensor PerSample(Tensor prediction, Tensor target, DiffusionProcess process, IReadOnlyList<long> indices)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        using var scope = TensorScope.Begin();
        var c = DiffusionProcess.PerSample(indices, t => At(process, t), prediction.Device);
        var distance = ((prediction - target).Square() + c.Square()).Sqrt() - c;
        return scope.Keep(Losses.MeanOfSample((SmoothL1 ? distance : distance * c) * 2.0));
    }

    internal void Validate(string field)
    {
        if (C is not (> 0 and <= 1)) throw new InvalidSettingException(field + ".c", C, "above 0, at most 1");
    }
}
