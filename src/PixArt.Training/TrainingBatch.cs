namespace PixArt.Training;

/// <summary>The samples of one forward pass, made ahead of time.</summary>
abstract class TrainingBatch : IDisposable
{
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
