using System.Diagnostics;

namespace PixArt.Training;

/// <summary>Samples a second over the last steps.</summary>
sealed class SpeedMeter
{
    const int Window = 64;
    readonly Queue<(double Time, long Samples)> _marks = new();
    readonly Stopwatch _watch = Stopwatch.StartNew();
    long _samples;

    /// <summary>Counts samples and gives the present speed.</summary>
    public double Add(int samples)
    {
        var now = _watch.Elapsed.TotalSeconds;
        if (_marks.Count == 0) _marks.Enqueue((0, 0));
        _samples += samples;
        _marks.Enqueue((now, _samples));
        while (_marks.Count > Window) _marks.Dequeue();
        var (time, before) = _marks.Peek();
        return now > time ? (_samples - before) / (now - time) : 0;
    }
}
