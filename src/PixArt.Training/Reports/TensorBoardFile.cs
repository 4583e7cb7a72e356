using System.Globalization;

namespace PixArt.Training.Reports;

/// <summary>An event file that TensorBoard shows: scalars and pictures by step. Each process of a run writes a file of its own into
/// one folder; what a crash cut off TensorBoard leaves out.</summary>
sealed class TensorBoardFile : IDisposable
{
    const int SessionStart = 1;
    const int Rgb = 3;
    readonly FileStream _stream;
    readonly TimeProvider _clock;

    /// <param name="folder">Where event files lie.</param>
    /// <param name="clock">Dates the events.</param>
    /// <exception cref="PixArtException">The folder cannot be written to.</exception>
    public TensorBoardFile(string folder, TimeProvider clock)
    {
        _clock = clock;
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"events.out.tfevents.{clock.GetUtcNow().ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.{Environment.TickCount64}");
        try
        {
            Directory.CreateDirectory(folder);
            _stream = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PixArtException($"cannot write event files into '{folder}': {e.Message}", e);
        }

        Write(new ProtoWriter().Add(1, Now).Add(3, "brain.Event:2"));
    }

    double Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Tells that the run went back: events of this step and later ones no longer count.</summary>
    public void Restarted(long step) => Write(Event(step).Add(7, new ProtoWriter().Add(1, (long)SessionStart)));

    /// <summary>Numbers of a step, by tag.</summary>
    public void Scalars(long step, IEnumerable<(string Tag, double Value)> values)
    {
        var summary = new ProtoWriter();
        foreach (var (tag, value) in values) summary.Add(1, new ProtoWriter().Add(1, tag).Add(2, (float)value));
        Write(Event(step).Add(5, summary));
    }

    /// <summary>A picture of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="tag">What it shows.</param>
    /// <param name="picture">The picture; three channels.</param>
    public void Picture(long step, string tag, Imaging.Image picture)
    {
        var image = new ProtoWriter().Add(1, (long)picture.Height).Add(2, (long)picture.Width).Add(3, (long)Rgb)
            .Add(4, picture.Encode(Imaging.ImageFormat.Png));
        Write(Event(step).Add(5, new ProtoWriter().Add(1, new ProtoWriter().Add(1, tag).Add(4, image))));
    }

    public void Dispose() => _stream.Dispose();

    ProtoWriter Event(long step) => new ProtoWriter().Add(1, Now).Add(2, step);

    void Write(ProtoWriter record) => _stream.Write(EventRecords.Frame(record.ToArray()));
}
