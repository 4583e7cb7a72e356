using PixArt.Torch.Native;

namespace PixArt.Torch.Distributed;

/// <summary>Work of a <see cref="ProcessGroup"/> that was begun.</summary>
public sealed unsafe class PendingWork : IDisposable
{
    // How often a wait looks whether another process is gone.
    private const int SliceMilliseconds = 100;
    private readonly CancellationToken lost;
    private nint handle;

    internal PendingWork(nint handle, CancellationToken lost) => (this.handle, this.lost) = (handle, lost);

    /// <summary>Waits until the result is there; on CUDA the current stream waits, not the host.</summary>
    /// <exception cref="OperationCanceledException">Another process is gone.</exception>
    /// <exception cref="TorchException">The work failed, as when the connection to another process broke.</exception>
    public void Wait()
    {
        ObjectDisposedException.ThrowIf(handle == 0, this);
        int done = 0;
        while (done == 0)
        {
            lost.ThrowIfCancellationRequested();
            NativeMethods.Check(NativeMethods.px_work_wait(handle, SliceMilliseconds, &done), "waiting for other processes");
        }
    }

    /// <summary>Forgets the work; it goes on by itself.</summary>
    public void Dispose()
    {
        if (handle != 0) NativeMethods.px_work_free(handle);
        handle = 0;
    }
}
