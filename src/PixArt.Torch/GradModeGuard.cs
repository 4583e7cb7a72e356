using PixArt.Torch.Native;

namespace PixArt.Torch;

/// <summary>Restores the grad mode of the thread when it is disposed; made by <see cref="GradMode.Disable"/> and <see cref="GradMode.Enable"/>.</summary>
public readonly struct GradModeGuard : IDisposable, IEquatable<GradModeGuard>
{
    private readonly int before;

    internal GradModeGuard(bool enabled)
    {
        before = NativeMethods.px_grad_enabled();
        NativeMethods.px_set_grad_enabled(enabled ? 1 : 0);
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMethods.px_set_grad_enabled(before);

    /// <inheritdoc/>
    public bool Equals(GradModeGuard other) => before == other.before;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GradModeGuard other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => before;
}
