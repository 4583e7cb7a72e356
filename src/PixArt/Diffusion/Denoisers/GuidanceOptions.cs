namespace PixArt.Diffusion;

/// <summary>How strongly a prediction is pushed from the negative towards the positive conditioning.</summary>
public sealed record GuidanceOptions
{
    /// <summary>The guidance scale s of ε₋ + s (ε₊ − ε₋); 1 or less asks the model once, without the negative.</summary>
    public double Scale { get; init; } = 4.5;

    /// <summary>
    /// The share, in [0, 1], by which the guided prediction takes the standard deviation of the positive one (Lin et al.
    /// 2023, §3.4); against over-exposed pictures.
    /// </summary>
    public double Rescale { get; init; }

    /// <summary>The timesteps that are guided (Kynkäänniemi et al. 2024); null: all.</summary>
    public TimestepInterval? Interval { get; init; }

    /// <summary>
    /// How many channels are guided, from the first; null: all. The original IDDPM path guides 3 and leaves the others
    /// to the positive prediction.
    /// </summary>
    public int? Channels { get; init; }

    /// <summary>Whether a timestep is guided.</summary>
    public bool IsActive(double timestep) => Scale > 1 && (Interval is not { } interval || interval.Contains(timestep));

    /// <summary>Checks the values.</summary>
    /// <returns>The options themselves.</returns>
    /// <exception cref="InvalidSettingException">A value is out of its range.</exception>
    public GuidanceOptions Validated()
    {
        if (!(Scale >= 0) || double.IsInfinity(Scale))
            throw new InvalidSettingException("guidance scale", Scale, "a finite number of at least 0");
        if (!(Rescale is >= 0 and <= 1))
            throw new InvalidSettingException("guidance rescale", Rescale, "a number in [0, 1]");
        if (Channels is < 1) throw new InvalidSettingException("guided channels", Channels, "1 or more");
        return this;
    }
}
