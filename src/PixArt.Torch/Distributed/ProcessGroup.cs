using PixArt.Torch.Native;

namespace PixArt.Torch.Distributed;

/// <summary>
/// Processes that add up tensors and hand them round: c10d's Gloo for tensors on the CPU, NCCL for those on CUDA. Every process must
/// begin the same work on tensors of the same size in the same order. Each call returns at once; the tensor is ready, and may be read
/// and written again, when its <see cref="PendingWork"/> was waited for.
/// </summary>
public sealed unsafe class ProcessGroup : IDisposable
{
    private readonly CancellationToken lost;
    private readonly Lock gate = new();
    private readonly RankStore store;
    private nint handle;

    /// <summary>Connects all processes; waits for them.</summary>
    /// <param name="store">The store through which they find each other; kept open until this object is disposed.</param>
    /// <param name="name">Apart from those of other groups on that store.</param>
    /// <param name="place">Which process this is.</param>
    /// <param name="device">Where the tensors live.</param>
    /// <param name="timeout">How long a work may take before it fails.</param>
    /// <param name="lost">Cancelled when another process is known to be gone: waiting for work ends then.</param>
    /// <exception cref="TorchException">A process did not come, or this build has no backend for the device.</exception>
    public ProcessGroup(RankStore store, string name, RankEnvironment place, Device device, TimeSpan timeout, CancellationToken lost = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(place);
        (Rank, World, this.lost, this.store) = (place.Rank, place.World, lost, store);
        string address = LocalAddress.Towards(place.MasterAddress, place.MasterPort);
        nint made;
        int status = NativeMethods.px_group_new(
            store.Acquire(), name, device.IsCuda ? 1 : 0, address, place.Rank, place.World, (long)timeout.TotalMilliseconds, &made);
        store.Release();
        NativeMethods.Check(status, "process group");
        handle = made;
    }

    /// <summary>Whether this build has process groups for tensors on the CPU.</summary>
    public static bool HasGloo => (NativeMethods.px_collectives() & 1) != 0;

    /// <summary>Whether this build has process groups for tensors on CUDA.</summary>
    public static bool HasNccl => (NativeMethods.px_collectives() & 2) != 0;

    /// <summary>Number of this process.</summary>
    public int Rank { get; }

    /// <summary>Number of processes.</summary>
    public int World { get; }

    /// <summary>Every process's tensor becomes the sum of all, to the same bits everywhere.</summary>
    /// <param name="tensor">Contiguous.</param>
    public PendingWork AllReduce(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        nint work;
        int status;
        lock (gate) status = NativeMethods.px_all_reduce(handle, tensor.Acquire(), &work);
        tensor.Release();
        NativeMethods.Check(status, "all_reduce");
        return new(work, lost);
    }

    /// <summary>Every process's tensor becomes that of one.</summary>
    /// <param name="tensor">Contiguous.</param>
    /// <param name="root">Whose.</param>
    public PendingWork Broadcast(Tensor tensor, int root)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        nint work;
        int status;
        lock (gate) status = NativeMethods.px_broadcast(handle, tensor.Acquire(), root, &work);
        tensor.Release();
        NativeMethods.Check(status, "broadcast");
        return new(work, lost);
    }

    /// <summary>Each output becomes the input of the process of its place.</summary>
    /// <param name="outputs">As many tensors as there are processes, shaped as <paramref name="input"/>, contiguous.</param>
    /// <param name="input">Contiguous.</param>
    public PendingWork AllGather(Tensor[] outputs, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(input);
        if (outputs.Length != World) throw new ArgumentException($"{outputs.Length} outputs for {World} processes", nameof(outputs));
        nint[] handles = Array.ConvertAll(outputs, output => output.Acquire());
        nint work;
        int status;
        fixed (nint* o = handles)
        {
            lock (gate) status = NativeMethods.px_all_gather(handle, o, handles.Length, input.Acquire(), &work);
        }

        input.Release();
        foreach (Tensor output in outputs) output.Release();
        NativeMethods.Check(status, "all_gather");
        return new(work, lost);
    }

    /// <summary>Returns when every process has come here.</summary>
    /// <param name="device">Where the group's tensors live.</param>
    public void Barrier(Device device)
    {
        using var one = TensorScope.Release(Tensor.Ones([1], device: device));
        using (PendingWork work = AllReduce(one)) work.Wait();
        one.Item<float>();
    }

    /// <summary>Lets the group go. Where a process is gone its work never ends, and is left to the end of this process.</summary>
    public void Dispose()
    {
        if (!lost.IsCancellationRequested && handle != 0) NativeMethods.px_group_free(handle);
        handle = 0;
        GC.KeepAlive(store);
    }
}
