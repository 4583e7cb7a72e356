using PixArt.Torch.Native;

namespace PixArt.Torch;

/// <summary>Whether operations on this thread record the graph that backward needs.</summary>
public static class GradMode
{
    /// <summary>Whether operations record a graph on this thread.</summary>
    public static bool IsEnabled => NativeMethods.px_grad_enabled() != 0;

    /// <summary>Stops recording graphs on this thread until the guard is disposed.</summary>
    public static GradModeGuard Disable() => new(enabled: false);

    /// <summary>Records graphs on this thread until the guard is disposed.</summary>
    public static GradModeGuard Enable() => new(enabled: true);
}
