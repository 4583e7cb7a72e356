namespace PixArt.Diffusion;

public sealed partial record ExpertManifest
{
    /// <summary>Checks the manifest.</summary>
    /// <returns>The manifest itself.</returns>
    /// <exception cref="InvalidSettingException">A field is not what it must be.</exception>
    public ExpertManifest Validated()
    {
        Require(Version == CurrentVersion, "version", Version, $"{CurrentVersion}");
        Require(NumTrainTimesteps >= 1, "num_train_timesteps", NumTrainTimesteps, "1 or more");
        Require(BetaStart is > 0 and < 1, "beta_start", BetaStart, "a number in (0, 1)");
        Require(BetaEnd is > 0 and < 1, "beta_end", BetaEnd, "a number in (0, 1)");
        Require(LatentChannels >= 1, "latent_channels", LatentChannels, "1 or more");
        Require(Experts.Count > 0, "experts", "[]", "at least one");
        for (var i = 0; i < Experts.Count; i++) CheckExpert(i, Experts[i]);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var expert in Experts) Require(names.Add(expert.Name), "experts.name", expert.Name, "a name of its own");
        TimestepCover.Check(
            [.. Experts.OrderBy(e => e.Owns.Low).Select(e => (e.Name, e.Owns))], NumTrainTimesteps);
        return this;
    }

    /// <summary>Checks that a sampler inverts the process that the experts were trained on.</summary>
    /// <param name="scheduler">The scheduler's settings.</param>
    /// <exception cref="InvalidSettingException">They differ; the same timestep would mean another noise level.</exception>
    public void RequireSameProcess(SchedulerConfig scheduler) => SameProcess.Require(
        scheduler,
        new()
        {
            NumTrainTimesteps = NumTrainTimesteps,
            BetaSchedule = BetaSchedule,
            BetaStart = BetaStart,
            BetaEnd = BetaEnd,
            RescaleBetasZeroSnr = RescaleBetasZeroSnr,
            PredictionType = PredictionType,
        },
        "as the experts were trained");

    static void CheckExpert(int index, ManifestExpert expert)
    {
        var at = $"experts[{index}]";
        Require(expert.Name.Trim().Length > 0, $"{at}.name", expert.Name, "a name");
        Require(expert.Interval.Count == 2, $"{at}.interval", $"{expert.Interval.Count} numbers",
            "two: the first timestep and the first one above");
        Require(expert.Weights.Trim().Length > 0, $"{at}.weights", expert.Weights, "a folder or hub id");
        Require(expert.Kind is "full" or "delta" or "lora", $"{at}.kind", expert.Kind, "full, delta or lora");
        Require(expert.GuidanceScale is null or (>= 0 and < double.PositiveInfinity), $"{at}.guidance_scale",
            expert.GuidanceScale, "a finite number of at least 0");
        Require(expert.GuidanceRescale is null or (>= 0 and <= 1), $"{at}.guidance_rescale", expert.GuidanceRescale,
            "a number in [0, 1]");
        CheckHash($"{at}.sha256", expert.Sha256);
        CheckHash($"{at}.parent_sha256", expert.ParentSha256);
    }

    static void CheckHash(string field, string? hash) =>
        Require(hash is null || (hash.Length == 64 && hash.All(char.IsAsciiHexDigit)), field, hash, "64 hexadecimal digits");

    static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException(field, value, expected);
    }
}
