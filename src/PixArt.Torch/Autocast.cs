namespace PixArt.Torch;

/// <summary>
/// Computes matrix products and convolutions of fp32 tensors in a smaller type while a guard is open on this thread; inputs and
/// parameters are converted on the way in, results on the way out, and gradients flow through both. Everything else stays fp32.
/// </summary>
public static class Autocast
{
    [ThreadStatic]
    private static ScalarType? current;

    /// <summary>The type that products compute in; null where they compute in their inputs' own.</summary>
    public static ScalarType? Type => current;

    /// <summary>Begins; dispose the result on the same thread.</summary>
    /// <param name="type"><see cref="ScalarType.BFloat16"/> or <see cref="ScalarType.Float16"/>; null: none.</param>
    public static IDisposable Begin(ScalarType? type)
    {
        var guard = new Guard(current);
        current = type;
        return guard;
    }

    internal static bool Applies(Tensor input) => current is not null && input.DType == ScalarType.Float32;

    private sealed class Guard(ScalarType? before) : IDisposable
    {
        public void Dispose() => current = before;
    }
}
