namespace PixArt.Training.Data.Pictures;

/// <summary>Encoded pictures and captions by number, as they are stored; listing them reads no picture. Members may be called from
/// several threads.</summary>
interface IPictureSet : IDisposable
{
    /// <summary>How messages call the set.</summary>
    string Title { get; }

    /// <summary>Number of pictures.</summary>
    int Count { get; }

    /// <summary>Names the pictures: other pictures give another text. Captions do not count.</summary>
    string Fingerprint { get; }

    /// <summary>What was found wrong while listing; a line each.</summary>
    IReadOnlyList<string> Troubles { get; }

    /// <summary>How messages call a picture.</summary>
    string NameOf(int index);

    /// <summary>Height and width as the listing tells them, or null.</summary>
    (int Height, int Width)? SizeOf(int index);

    /// <summary>Whether it has a caption.</summary>
    bool HasCaption(int index);

    /// <summary>Its captions.</summary>
    PictureText TextOf(int index);

    /// <summary>The encoded picture.</summary>
    /// <param name="index">Which.</param>
    /// <param name="most">Bytes that are enough; what comes after them may be left out.</param>
    /// <exception cref="PixArtException">It cannot be read.</exception>
    /// <exception cref="IOException">Likewise.</exception>
    byte[] Read(int index, int most = int.MaxValue);
}
