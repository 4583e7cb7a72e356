namespace PixArt.Torch;

/// <summary>
/// Owns every tensor that is made on this thread while it is open and disposes them when it closes, innermost scope first.
/// <code>
/// using var scope = TensorScope.Begin();
/// var h = Functional.Silu(Functional.Linear(x, w, b));
/// return scope.Keep(Functional.Linear(h, w2, b2));
/// </code>
/// </summary>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic]
    private static TensorScope? current;

    private readonly TensorScope? outer;
    private readonly List<Tensor> owned = [];

    private TensorScope() => (outer, current) = (current, this);

    /// <summary>Opens a scope on this thread; it must be disposed on the same thread.</summary>
    public static TensorScope Begin() => new();

    /// <summary>Hands a tensor of this scope to the scope around it, or to the caller if there is none.</summary>
    public Tensor Keep(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Scope == this) Own(outer, tensor);
        return tensor;
    }

    /// <summary>Takes a tensor out of every scope: the caller disposes it.</summary>
    public static Tensor Release(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        tensor.Scope = null;
        return tensor;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (current != this) throw new InvalidOperationException("a TensorScope is closed on another thread, or before a scope inside it");
        foreach (Tensor tensor in owned)
            if (tensor.Scope == this) tensor.Dispose();
        current = outer;
    }

    internal static void Register(Tensor tensor) => Own(current, tensor);

    private static void Own(TensorScope? scope, Tensor tensor)
    {
        tensor.Scope = scope;
        scope?.owned.Add(tensor);
    }
}
