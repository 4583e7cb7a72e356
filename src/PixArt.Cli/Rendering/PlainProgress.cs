using System.Globalization;

namespace PixArt.Cli.Rendering;

/// <summary>
/// Progress for logs and pipes: a line when a stage begins, one every few seconds while it lasts, one at its end. Stages may take turns.
/// </summary>
internal sealed class PlainProgress(TextWriter writer, TimeProvider clock) : IProgress<Step>
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    readonly Lock _lock = new();
    readonly Dictionary<string, long> _begun = new(StringComparer.Ordinal);
    readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    long _lastLine;

    public void Report(Step value)
    {
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            var begins = _begun.TryAdd(value.Stage, now);
            var ended = _ended.Contains(value.Stage);
            var ends = value.Done >= value.Total && !ended;
            if (!begins && !ends && (ended || clock.GetElapsedTime(_lastLine, now) < Pause))
                return;
            if (ends) _ended.Add(value.Stage);
            _lastLine = now;
            writer.WriteLine(Line(value, clock.GetElapsedTime(_begun[value.Stage], now)));
        }
    }

    static string Line(Step step, TimeSpan elapsed)
    {
        if (step.Total <= 1)
            return step.Done < step.Total ? step.Stage : $"{step.Stage}: done in {Duration(elapsed)}";
        var line = $"{step.Stage} {step.Count}";
        if (step.Done >= step.Total)
            return $"{line}, done in {Duration(elapsed)}";
        return step.Done > 0 ? $"{line}, {Duration(elapsed * (step.Total - step.Done) / step.Done)} left" : line;
    }

    /// <summary>`0.4 s`, `12 s`, `3:05 min`, `2:03:05 h`.</summary>
    internal static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 9.95 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        { TotalSeconds: < 59.5 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        { TotalMinutes: < 60 } => $"{time:m\\:ss} min",
        _ => $"{(long)time.TotalHours}:{time:mm\\:ss} h",
    };
}
