namespace PixArt.Training.Recipes;

/// <summary>What is shown while a run goes on.</summary>
public sealed record ReportRecipe
{
    /// <summary>Steps between lines of <c>metrics.jsonl</c>, 1 or more.</summary>
    public long EverySteps { get; set; } = 50;

    /// <summary>Minutes between redrawings of <c>loss.png</c> and <c>report.html</c>, or null for the end alone.</summary>
    public double? PlotEveryMinutes { get; set; } = 5;

    /// <summary>Writes <c>report.html</c>: curves, sample sheets and the recipe on one page.</summary>
    public bool Html { get; set; } = true;

    /// <summary>Writes event files for TensorBoard into <c>tensorboard/</c>.</summary>
    public bool TensorBoard { get; set; } = true;

    /// <summary>Minutes between sample sheets, or null for none.</summary>
    public double? SamplesEveryMinutes { get; set; } = 30;

    /// <summary>Steps between sample sheets, 1 or more, beside those by the clock; null for none. All sheets begin with the same noise.</summary>
    public long? SamplesEverySteps { get; set; }

    /// <summary>Prompts of a transformer's sample sheet.</summary>
    public IReadOnlyList<string> Prompts { get; set; } = ["A small cactus with a happy face in the Sahara desert."];

    /// <summary>Sampling steps of a sheet, 1 or more.</summary>
    public int SampleSteps { get; set; } = 20;

    /// <summary>Transformer folders, with <c>training.json</c>, of an expert's peers: sheets are then made by all of them over the whole schedule, each at
    /// its own timesteps, as a model of all of them would. Without, an expert shows its own timesteps alone.</summary>
    public IReadOnlyList<string> Peers { get; set; } = [];

    /// <summary>Guidance scale of a sheet; 1 is none.</summary>
    public double Guidance { get; set; } = 4.5;

    /// <summary>Whether a line of metrics is written after a step.</summary>
    internal bool WritesAt(long step, long steps) => step % EverySteps == 0 || step == steps;

    internal void Validate()
    {
        if (EverySteps < 1) throw new InvalidSettingException("report.everySteps", EverySteps, "1 or more");
        if (PlotEveryMinutes is < 0)
            throw new InvalidSettingException("report.plotEveryMinutes", PlotEveryMinutes, "0 or more, or null");
        if (SamplesEveryMinutes is < 0)
            throw new InvalidSettingException("report.samplesEveryMinutes", SamplesEveryMinutes, "0 or more, or null");
        if (SamplesEverySteps is < 1) throw new InvalidSettingException("report.samplesEverySteps", SamplesEverySteps, "1 or more, or null");
        if (SampleSteps < 1) throw new InvalidSettingException("report.sampleSteps", SampleSteps, "1 or more");
        if (!double.IsFinite(Guidance)) throw new InvalidSettingException("report.guidance", Guidance, "a number");
    }
}
