using PixArt.Imaging;

namespace PixArt.Training.Data;

/// <summary>Captioned images by index. What an index gives never changes, so that a position in the data is a number.
/// Members may be called from several threads.</summary>
public interface IImageData : IDisposable
{
    /// <summary>Number of samples; <see cref="long.MaxValue"/> when they never end.</summary>
    long Count { get; }

    /// <summary>Names the content, so that features computed from other data are not taken for those of these.</summary>
    string Fingerprint { get; }

    /// <summary>An image, RGB.</summary>
    /// <param name="index">0 up to, not including, <see cref="Count"/>.</param>
    Image Get(long index);

    /// <summary>Its caption.</summary>
    /// <param name="index">As above.</param>
    /// <param name="visit">How often the sample has been seen; a source with several phrasings gives another one each
    /// time.</param>
    string Caption(long index, long visit);
}
