namespace PixArt.Torch.Nn;

/// <summary>A model: owns its parameters. Layers inside it are plain objects over tensors of the store.</summary>
/// <param name="parameters">Disposed with the model.</param>
public abstract class Module(ParameterStore parameters) : IDisposable
{
    /// <summary>The named parameters.</summary>
    public ParameterStore Parameters { get; } = parameters;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the parameters, and in subclasses what else they hold.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) Parameters.Dispose();
    }
}
