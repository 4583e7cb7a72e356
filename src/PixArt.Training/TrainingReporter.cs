using System.Diagnostics;
using System.Text.Json;
using PixArt.Training.Checkpoints;
using PixArt.Training.Recipes;
using PixArt.Training.Reports;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Tells a run's progress: events for whoever listens, metrics as JSON lines and for TensorBoard, the loss plot and sample
/// sheets as PNG, all of it on an HTML page.</summary>
sealed class TrainingReporter : IDisposable
{
    readonly GradientRecipe _recipe;
    readonly IProgress<TrainingEvent>? _progress;
    StreamWriter _metrics;
    readonly Stopwatch _sincePlot = Stopwatch.StartNew();
    readonly Stopwatch _sinceSheet = Stopwatch.StartNew();
    readonly SpeedMeter _speed = new();
    readonly TensorBoardFile? _events;

    public TrainingReporter(GradientRecipe recipe, IProgress<TrainingEvent>? progress)
    {
        (_recipe, _progress) = (recipe, progress);
        Directory.CreateDirectory(recipe.Output);
        _metrics = OpenMetrics();
        if (recipe.Report.TensorBoard) _events = new(Path.Combine(recipe.Output, "tensorboard"), TimeProvider.System);
    }

    public bool WantsSheet(long step) =>
        (_recipe.Report.SamplesEveryMinutes is { } minutes && _sinceSheet.Elapsed.TotalMinutes >= minutes)
        || (_recipe.Report.SamplesEverySteps is { } steps && step % steps == 0);

    string MetricsPath => Path.Combine(_recipe.Output, "metrics.jsonl");

    public void Report(StepFigures made, LossStatistics statistics, double elapsed)
    {
        var perStep = _recipe.BatchSize * _recipe.Accumulation;
        var rate = _speed.Add(perStep);
        var left = rate > 0 ? TimeSpan.FromSeconds((_recipe.Steps - made.Step) * perStep / rate) : (TimeSpan?)null;
        _progress?.Report(new StepMade(
            made.Step, _recipe.Steps, made.Loss, statistics.Smoothed ?? made.Loss, rate, TimeSpan.FromSeconds(elapsed), left));
        if (_recipe.Report.WritesAt(made.Step, _recipe.Steps)) WriteMetrics(made, statistics, elapsed, rate);
        if (_recipe.Report.PlotEveryMinutes is { } minutes && _sincePlot.Elapsed.TotalMinutes >= minutes) Plot();
    }

    public void Sheet(ITrainee trainee, long step)
    {
        _sinceSheet.Restart();
        if (trainee.Sheet() is not { } sheet) return;
        var folder = Path.Combine(_recipe.Output, "samples");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"step-{step:D7}.png");
        sheet.Save(path);
        _events?.Picture(step, "samples", sheet);
        Wrote("sample sheet", path);
    }

    public void Plot()
    {
        _sincePlot.Restart();
        if (LossPlot.Draw(MetricsPath, Path.Combine(_recipe.Output, "loss.png")) is { } path) Wrote("loss plot", path);
        if (_recipe.Report.Html && HtmlReport.Write(_recipe) is { } page) Wrote("report", page);
    }

    /// <summary>Renews the draft of the model card.</summary>
    public void Card(long step, double? loss) => ModelCard.Write(_recipe, step, loss);

    public void Wrote(string what, string path) => _progress?.Report(new Written(what, path));

    public void Notice(string message) => _progress?.Report(new Notice(message));

    /// <summary>Nothing of an earlier run counts.</summary>
    public void Begun() => ForgetAfter(0);

    public void Resumed(Checkpoint from, string recipe, string savedRecipe)
    {
        ForgetAfter(from.Step);
        Notice($"resumed from '{from.Folder}' at step {from.Step}");
        if (!string.Equals(recipe, savedRecipe, StringComparison.Ordinal))
            Notice("the recipe was changed since that checkpoint: the run is not the one it would have been");
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _events?.Dispose();
    }

    StreamWriter OpenMetrics() => new(MetricsPath, append: true) { AutoFlush = true };

    /// <summary>Takes back lines of steps that will be made again, and one that a crash cut off.</summary>
    void ForgetAfter(long step)
    {
        _metrics.Dispose();
        var kept = File.ReadLines(MetricsPath).Where(line => StepOf(line) <= step).ToArray();
        AtomicFile.WriteText(MetricsPath, string.Concat(kept.Select(line => line + "\n")));
        _metrics = OpenMetrics();
        _events?.Restarted(step + 1);
    }

    static long StepOf(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("step").GetInt64();
        }
        catch (JsonException)
        {
            return long.MaxValue;
        }
    }

    static IEnumerable<(string, double)> Scalars(StepFigures made, LossStatistics statistics, double rate)
    {
        foreach (var (name, mean) in statistics.Means) yield return (HtmlReport.IsBucket(name) ? $"timestep/{name}" : name, mean);
        yield return ("lr", made.LearningRate);
        if (double.IsFinite(made.GradientNorm)) yield return ("gradNorm", made.GradientNorm);
        yield return ("samplesPerSecond", rate);
    }

    void WriteMetrics(StepFigures made, LossStatistics statistics, double elapsed, double rate)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", made.Step);
            foreach (var (name, mean) in statistics.Means) json.WriteNumber(name, mean);
            json.WriteNumber("lr", made.LearningRate);
            // A step that was left out under fp16 has none.
            if (double.IsFinite(made.GradientNorm)) json.WriteNumber("gradNorm", made.GradientNorm);
            json.WriteNumber("samplesPerSecond", Math.Round(rate, 2));
            json.WriteNumber("seconds", Math.Round(elapsed, 1));
            json.WriteEndObject();
        }

        _metrics.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
        _events?.Scalars(made.Step, Scalars(made, statistics, rate));
        statistics.Clear();
    }
}
