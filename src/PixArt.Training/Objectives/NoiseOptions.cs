namespace PixArt.Training.Objectives;

/// <summary>How the noise of training differs from plain normal draws.</summary>
public sealed record NoiseOptions
{
    /// <summary>Adds this times one normal draw for each channel of a sample, 0 or more (offset noise): teaches very dark and very bright
    /// pictures. 0.05 to 0.1 are usual; 0 is none.</summary>
    public double Offset { get; set; }

    /// <summary>Share of batches that get the offset, 0 to 1.</summary>
    public double OffsetProbability { get; set; } = 1;

    /// <summary>The model sees noise with this times other noise added, and shall predict it without (input perturbation; Ning et al.
    /// 2023), 0 or more. 0.1 is usual; 0 is none.</summary>
    public double Perturbation { get; set; }

    /// <summary>Optimizer steps over which the perturbation falls to 0, 1 or more, or null: it stays.</summary>
    public long? PerturbationSteps { get; set; }

    /// <summary>The perturbation at a step.</summary>
    /// <param name="step">Optimizer steps made before.</param>
    public double PerturbationAt(long step) =>
        PerturbationSteps is { } steps ? Perturbation * Math.Max(0, 1 - ((double)step / steps)) : Perturbation;

    internal void Validate(string field)
    {
        if (!(Offset >= 0 && double.IsFinite(Offset))) throw new InvalidSettingException(field + ".offset", Offset, "0 or more");
        if (OffsetProbability is not (>= 0 and <= 1)) throw new InvalidSettingException(field + ".offsetProbability", OffsetProbability, "0 to 1");
        if (!(Perturbation >= 0 && double.IsFinite(Perturbation))) throw new InvalidSettingException(field + ".perturbation", Perturbation, "0 or more");
        if (PerturbationSteps is < 1) throw new InvalidSettingException(field + ".perturbationSteps", PerturbationSteps, "1 or more, or null");
        if (OffsetProbability != 1 && Offset == 0)
            throw new InvalidSettingException(field + ".offsetProbability", OffsetProbability, "1, or an 'offset' above 0");
        if (PerturbationSteps is not null && Perturbation == 0)
            throw new InvalidSettingException(field + ".perturbationSteps", PerturbationSteps, "null, or a 'perturbation' above 0");
    }
}
