using PixArt.Cli.Rendering;

namespace PixArt.Cli.Tests.Rendering;

public sealed class PlainProgressTests
{
    readonly StringWriter _writer = new() { NewLine = "\n" };
    readonly ManualClock _clock = new();

    [Fact]
    public void Report_ManyQuickSteps_WritesFirstAndLastOnly()
    {
        var progress = new PlainProgress(_writer, _clock);
        for (var i = 0; i <= 100; i++)
        {
            progress.Report(new("sampling", i, 100));
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }
        Assert.Equal("sampling 0/100\nsampling 100/100, done in 1.0 s\n", _writer.ToString());
    }

    [Fact]
    public void Report_SlowSteps_WritesTimeLeftEveryFewSeconds()
    {
        var progress = new PlainProgress(_writer, _clock);
        for (var i = 0; i <= 4; i++)
        {
            progress.Report(new("sampling", i, 4));
            _clock.Advance(TimeSpan.FromSeconds(2));
        }
        Assert.Equal("sampling 0/4\nsampling 2/4, 4.0 s left\nsampling 4/4, done in 8.0 s\n", _writer.ToString());
    }

    [Fact]
    public void Report_AStageOfOnePart_SaysBeginAndEnd()
    {
        var progress = new PlainProgress(_writer, _clock);
        progress.Report(new("loading", 0, 1));
        _clock.Advance(TimeSpan.FromSeconds(75));
        progress.Report(new("loading", 1, 1));
        progress.Report(new("loading", 1, 1));
        Assert.Equal("loading\nloading: done in 1:15 min\n", _writer.ToString());
    }

    sealed class ManualClock : TimeProvider
    {
        long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
