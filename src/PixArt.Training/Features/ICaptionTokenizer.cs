namespace PixArt.Training.Features;

/// <summary>Turns a caption into the ids that a text encoder reads.</summary>
interface ICaptionTokenizer : IDisposable
{
    /// <summary>Ids of a caption, its end-of-sequence included, without padding.</summary>
    long[] Encode(string caption);
}
