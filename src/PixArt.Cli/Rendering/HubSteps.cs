using PixArt.Hub;

namespace PixArt.Cli.Rendering;

/// <summary>Puts a download's progress into the words of the terminal.</summary>
internal sealed class HubSteps(IProgress<Step> inner) : IProgress<HubProgress>
{
    const string Stage = "downloading";

    readonly Lock _lock = new();
    string? _waiting;
    long _total;

    public void Report(HubProgress value)
    {
        lock (_lock)
        {
            if (!string.Equals(_waiting, value.Waiting, StringComparison.Ordinal))
            {
                if (_waiting is not null) inner.Report(new(_waiting, 1, 1));
                _waiting = value.Waiting;
                if (_waiting is not null) inner.Report(new(_waiting, 0, 1));
            }

            if (value.TotalBytes == 0) return;
            // An index may name more files: only the end says that all is there.
            _total = value.TotalBytes;
            inner.Report(new(Stage, Math.Min(value.Bytes, _total - 1), _total, Bytes: true));
        }
    }

    /// <summary>All is there.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_total > 0) inner.Report(new(Stage, _total, _total, Bytes: true));
        }
    }
}
