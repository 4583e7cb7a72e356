namespace PixArt.Training.Data;

/// <summary>Samples of one size out of one set, and how often an epoch shows each of them.</summary>
public sealed class SampleGroup
{
    readonly long _first;

    SampleGroup(long first, long count, int height, int width, double rate) =>
        (_first, Count, Height, Width, Rate) = (first, count, height, width, rate);

    /// <summary>Number of samples; <see cref="long.MaxValue"/> when they never end.</summary>
    public long Count { get; }

    /// <summary>Rows of their pictures in pixels. Groups of equal height and width share batches.</summary>
    public int Height { get; }

    /// <summary>Columns of their pictures in pixels.</summary>
    public int Width { get; }

    /// <summary>Visits of each sample in an epoch, above 0: 2 shows every sample twice, 0.5 in every other epoch.</summary>
    public double Rate { get; }

    /// <summary>The index of one of the samples.</summary>
    /// <param name="position">0 up to, not including, <see cref="Count"/>.</param>
    public long this[long position] => _first + position;

    /// <summary>Samples whose indices follow each other.</summary>
    /// <param name="first">The first index.</param>
    /// <param name="count">Their number, 1 or more.</param>
    /// <param name="height">Rows of their pictures.</param>
    /// <param name="width">Columns of their pictures.</param>
    /// <param name="rate">Visits of each in an epoch.</param>
    public static SampleGroup Range(long first, long count, int height, int width, double rate = 1) =>
        new(first, count, height, width, rate);
}
