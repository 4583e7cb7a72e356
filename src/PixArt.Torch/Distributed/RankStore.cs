using System.Runtime.InteropServices;
using System.Text;
using PixArt.Torch.Native;

namespace PixArt.Torch.Distributed;

/// <summary>Small values that all processes of a job reach by name: c10d's TCPStore. Rank 0 serves it, unless the launcher does.</summary>
public sealed class RankStore : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly StoreHandle handle;

    /// <summary>Serves the store, or reaches the one that is served.</summary>
    /// <param name="place">Which process this is.</param>
    /// <param name="timeout">How long to wait for the server.</param>
    /// <exception cref="TorchException">The port is taken, or there is no server.</exception>
    public unsafe RankStore(RankEnvironment place, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(place);
        bool serves = place.Rank == 0 && !place.StoreIsServed;
        nint made;
        NativeMethods.Check(
            NativeMethods.px_store_new(
                place.MasterAddress, place.MasterPort, serves ? 1 : 0, $"pixart/{place.Attempt}", (long)timeout.TotalMilliseconds, &made),
            $"the store of the processes at {place.MasterAddress}:{place.MasterPort}");
        handle = new StoreHandle(made);
    }

    /// <summary>Sets a value.</summary>
    public unsafe void Set(string key, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* p = bytes) NativeMethods.Check(NativeMethods.px_store_set(handle.DangerousGetHandle(), key, p, bytes.Length), "store");
        GC.KeepAlive(this);
    }

    /// <summary>The value of a name; null while it has none.</summary>
    public unsafe string? Find(string key)
    {
        byte[] buffer = new byte[256];
        while (true)
        {
            int length;
            fixed (byte* p = buffer)
                NativeMethods.Check(NativeMethods.px_store_get(handle.DangerousGetHandle(), key, p, buffer.Length, &length), "store");
            GC.KeepAlive(this);
            if (length < 0) return null;
            if (length <= buffer.Length) return Encoding.UTF8.GetString(buffer, 0, length);
            buffer = new byte[length];
        }
    }

    /// <summary>The value of a name, as soon as it has one.</summary>
    /// <param name="key">The name.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public string Wait(string key, CancellationToken cancel)
    {
        while (true)
        {
            if (Find(key) is { } value) return value;
            if (cancel.WaitHandle.WaitOne(Pause)) cancel.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    internal nint Acquire()
    {
        bool added = false;
        handle.DangerousAddRef(ref added);
        return handle.DangerousGetHandle();
    }

    internal void Release() => handle.DangerousRelease();

    private sealed class StoreHandle : SafeHandle
    {
        public StoreHandle(nint value)
            : base(0, ownsHandle: true) => SetHandle(value);

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            NativeMethods.px_store_free(handle);
            return true;
        }
    }
}
