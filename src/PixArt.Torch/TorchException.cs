namespace PixArt.Torch;

/// <summary>A call into libtorch failed. The message names the operator, the shapes of its arguments and libtorch's reason.</summary>
public sealed class TorchException : Exception
{
    /// <summary>Creates the exception.</summary>
    public TorchException()
    {
    }

    /// <summary>Creates the exception with its message.</summary>
    public TorchException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its message and cause.</summary>
    public TorchException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
