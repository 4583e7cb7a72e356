using PixArt.Diffusion;
using PixArt.Pipelines;
using PixArt.Training.Objectives;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Model folders of several experts: how their transformers are named, and the manifest that says who owns which timesteps.</summary>
static class ExpertFolder
{
    const string Transformer = "transformer";

    /// <summary>What an expert is called: by its timesteps.</summary>
    public static string NameOf(TimestepInterval interval) => $"t{interval.Low}-{interval.High - 1}";

    /// <summary>The folder of its weights. The expert of the noisiest timesteps keeps the plain name, so that programs without experts find a
    /// transformer.</summary>
    public static string WeightsOf(TimestepInterval interval, int timesteps) =>
        interval.High == timesteps ? Transformer : $"{Transformer}_{NameOf(interval)}";

    /// <summary>The intervals between borders, the noisiest first.</summary>
    /// <param name="borders">Timesteps; each belongs to the interval above it.</param>
    /// <param name="timesteps">T.</param>
    /// <exception cref="InvalidSettingException">There is none, or one is out of range or there twice.</exception>
    public static IReadOnlyList<TimestepInterval> Between(IReadOnlyList<int> borders, int timesteps)
    {
        if (borders.Count == 0) throw new InvalidSettingException("split", "none", $"one border or more between timesteps, such as 400 of {timesteps}");
        var rising = borders.Order().ToArray();
        foreach (var border in rising.Where(b => b <= 0 || b >= timesteps))
            throw new InvalidSettingException("split", border, $"1 to {timesteps - 1}");
        if (rising.Distinct().Count() < rising.Length) throw new InvalidSettingException("split", string.Join(", ", rising), "each border once");
        int[] edges = [0, .. rising, timesteps];
        return [.. edges.Zip(edges.Skip(1), (low, high) => new TimestepInterval(low, high)).Reverse()];
    }

    /// <summary>Writes a model's folder with a transformer for each interval in the place of its own.</summary>
    /// <param name="model">The model whose other parts are taken.</param>
    /// <param name="output">The new folder; nothing may be there yet.</param>
    /// <param name="experts">Intervals, and the folders of their transformers.</param>
    /// <param name="parent">SHA-256 of the weights that they were branched from; null: not known.</param>
    /// <param name="cancellation">Ends it between two files.</param>
    public static void Write(
        string model, string output, IReadOnlyList<(TimestepInterval Interval, string Folder)> experts, string? parent, CancellationToken cancellation)
    {
        var own = NewModel.Transformers(model);
        var scheduler = PipelineFolder.ReadScheduler(ModelFolder.Open(model));
        var manifest = Manifest(scheduler, experts.Select(e => new ManifestExpert
        {
            Name = NameOf(e.Interval),
            Interval = [e.Interval.Low, e.Interval.High],
            Weights = WeightsOf(e.Interval, scheduler.NumTrainTimesteps),
            ParentSha256 = parent,
        }));
        NewFolder.Write(output, work =>
        {
            NewModel.Copy(model, work, (from, _) => own.Contains(Path.GetFileName(from), StringComparer.Ordinal), cancellation);
            foreach (var (interval, folder) in experts)
            {
                var to = Path.Combine(work, WeightsOf(interval, scheduler.NumTrainTimesteps));
                NewFolder.Copy(folder, to, cancellation);
                if (!File.Exists(Path.Combine(folder, ExpertInterval.FileName))) ExpertInterval.Write(to, interval, scheduler.Target(), step: 0, scheduler.RescaleBetasZeroSnr);
                else if (ExpertInterval.Read(folder) is var said && (said.Low, said.High) != (interval.Low, interval.High)) ExpertInterval.Write(to, interval, said.Prediction, step: 0, said.ZeroTerminalSnr);
            }

            manifest.Write(Path.Combine(work, ExpertManifest.FileName));
            PixArtPipeline.Check(work, options: null, new() { Prompts = [""] });
        });
    }

    /// <summary>A manifest whose process is that of a scheduler.</summary>
    public static ExpertManifest Manifest(SchedulerConfig scheduler, IEnumerable<ManifestExpert> experts) => new()
    {
        NumTrainTimesteps = scheduler.NumTrainTimesteps,
        BetaSchedule = scheduler.BetaSchedule,
        BetaStart = scheduler.BetaStart,
        BetaEnd = scheduler.BetaEnd,
        RescaleBetasZeroSnr = scheduler.RescaleBetasZeroSnr,
        PredictionType = scheduler.PredictionType,
        Experts = [.. experts],
    };
}
