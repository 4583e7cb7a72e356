using PixArt.Training.Data;

namespace PixArt.Training.Features;

/// <summary>Text features that were computed before training.</summary>
interface ITextFeatures : IDisposable
{
    /// <summary>Features of some samples' captions. May be called from another thread than others.</summary>
    /// <param name="samples">B samples.</param>
    /// <param name="dropped">Which of them get the empty prompt's instead.</param>
    CaptionBatch Read(IReadOnlyList<SampleVisit> samples, IReadOnlyList<bool> dropped);
}
