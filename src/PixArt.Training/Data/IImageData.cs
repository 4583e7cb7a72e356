using PixArt.Imaging;

namespace PixArt.Training.Data;

/// <summary>Captioned images by index. What an index and a visit give never changes, so that a position in the data is a number.
/// Members may be called from several threads.</summary>
public interface IImageData : IDisposable
{
    /// <summary>Number of samples; <see cref="long.MaxValue"/> when they never end.</summary>
    long Count { get; }

    /// <summary>Names the content, so that features computed from other data are not taken for those of these.</summary>
    string Fingerprint { get; }

    /// <summary>All samples by size and set, indices ascending without gaps.</summary>
    IReadOnlyList<SampleGroup> Groups
    {
        get
        {
            var shape = Shape(0);
            return [SampleGroup.Range(0, Count, shape.Height, shape.Width)];
        }
    }

    /// <summary>Whether every visit gives the same picture, so that features can be kept.</summary>
    bool IsFixed => true;

    /// <summary>An image, RGB.</summary>
    /// <param name="index">0 up to, not including, <see cref="Count"/>.</param>
    /// <param name="visit">How often the sample has been seen; crops and flips differ by it.</param>
    Image Get(long index, long visit = 0);

    /// <summary>The sample that <see cref="Get"/> shows for an index: another one where its own picture turned out to be broken.
    /// Captions follow it. Known once the picture was asked for.</summary>
    long SourceOf(long index) => index;

    /// <summary>Size of an image, without decoding it where that can be.</summary>
    /// <param name="index">As above.</param>
    PictureShape Shape(long index) => PictureShape.Of(Get(index));

    /// <summary>Its caption.</summary>
    /// <param name="index">As above.</param>
    /// <param name="visit">How often the sample has been seen; a source with several phrasings gives another one each
    /// time.</param>
    string Caption(long index, long visit);
}
