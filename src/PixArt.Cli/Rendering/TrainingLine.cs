using System.Globalization;
using PixArt.Training;

namespace PixArt.Cli.Rendering;

/// <summary>Shows a training run: one line that is redrawn on a terminal, a line now and then elsewhere.</summary>
internal sealed class TrainingLine(Terminal terminal, TimeProvider clock) : IProgress<TrainingEvent>
{
    static readonly TimeSpan PlainPause = TimeSpan.FromSeconds(30);
    static readonly TimeSpan LivePause = TimeSpan.FromMilliseconds(200);
    long _last;
    bool _open;

    public void Report(TrainingEvent value)
    {
        switch (value)
        {
            case StepMade step:
                Live(Line(step), step.Step == step.Steps || step.Step == 1);
                break;
            case Preparing preparing:
                Live($"{preparing.What} {preparing.Done}/{preparing.Total}", preparing.Done == preparing.Total);
                break;
            case Written written:
                Plain($"{written.What}: {written.Path}");
                break;
            case Notice notice:
                Plain(notice.Message);
                break;
        }
    }

    /// <summary>Leaves the redrawn line as it is.</summary>
    public void End()
    {
        if (_open) terminal.Error.WriteLine();
        _open = false;
    }

    static string Line(StepMade step)
    {
        var left = step.Remaining is { } time ? $", {PlainProgress.Duration(time)} left" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {step.Step}/{step.Steps}  loss {step.SmoothedLoss:0.0000}  {step.SamplesPerSecond:0.0} samples/s{left}");
    }

    void Live(string text, bool always)
    {
        if (!always && _last != 0 && clock.GetElapsedTime(_last) < (terminal.Interactive ? LivePause : PlainPause)) return;
        _last = clock.GetTimestamp();
        if (!terminal.Interactive)
        {
            terminal.Error.WriteLine(text);
            return;
        }

        terminal.Error.Write($"\r\e[K{text}");
        _open = true;
    }

    void Plain(string text)
    {
        End();
        terminal.Error.WriteLine(text);
    }
}
