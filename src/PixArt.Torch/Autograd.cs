using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using PixArt.Torch.Native;

namespace PixArt.Torch;

/// <summary>Gradients beyond <see cref="Tensor.Backward"/>: of chosen inputs, and with recomputation.</summary>
public static unsafe class Autograd
{
    [ThreadStatic]
    private static ExceptionDispatchInfo? thrownInBackward;

    /// <summary>Gradients of outputs with respect to inputs; null where an input is not used.</summary>
    /// <param name="outputs">What is differentiated.</param>
    /// <param name="inputs">With respect to what.</param>
    /// <param name="gradOutputs">Gradients of the outputs; null for scalar outputs.</param>
    /// <param name="retainGraph">Keep the graph for another pass.</param>
    /// <param name="createGraph">Make the gradients differentiable themselves.</param>
    public static Tensor?[] Grad(
        IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor>? gradOutputs = null, bool retainGraph = false, bool createGraph = false)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(inputs);
        nint[] from = Acquire(outputs), to = Acquire(inputs), given = gradOutputs is null ? [] : Acquire(gradOutputs);
        var found = new nint[inputs.Count];
        int status;
        fixed (nint* o = from)
        fixed (nint* i = to)
        fixed (nint* g = given)
        fixed (nint* r = found)
            status = NativeMethods.px_grad(o, from.Length, i, to.Length, gradOutputs is null ? null : g, retainGraph ? 1 : 0, createGraph ? 1 : 0, r);
        Release(outputs);
        Release(inputs);
        if (gradOutputs is not null) Release(gradOutputs);
        ThrowIfFailed(status);
        return Array.ConvertAll(found, f => f == 0 ? null : new Tensor(f));
    }

    /// <summary>
    /// Computes <c>function(inputs)</c> without keeping what happens inside; backward computes it again (gradient checkpointing). Parameters
    /// used inside receive their gradients in <see cref="Tensor.Grad"/>, so use it with <see cref="Tensor.Backward"/>, not with <see cref="Grad"/>.
    /// </summary>
    /// <param name="function">A pure function of its inputs (and of parameters).</param>
    /// <param name="inputs">At least one of them must require gradients, or nothing is recomputed and the function runs plainly.</param>
    public static Tensor Checkpoint(Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(inputs);
        if (!GradMode.IsEnabled || !Array.Exists(inputs, t => t.RequiresGrad)) return function(inputs);

        using var scope = TensorScope.Begin();
        Tensor output;
        using (GradMode.Disable()) output = function(inputs);

        // The saved inputs are handles of our own: the caller may dispose his right after the forward pass.
        var saved = new SavedCall(function, Array.ConvertAll(inputs, t => TensorScope.Release(t.Detach())), Array.ConvertAll(inputs, t => t.RequiresGrad), Autocast.Type);
        nint[] sources = Acquire(inputs);
        int status;
        fixed (nint* s = sources)
        {
            status = NativeMethods.px_attach_backward(
                output.Acquire(), s, sources.Length, &RecomputeAndBackward, &Free, GCHandle.ToIntPtr(GCHandle.Alloc(saved)));
        }

        output.Release();
        Release(inputs);
        NativeMethods.Check(status, nameof(Checkpoint));
        return scope.Keep(output);
    }

    /// <summary>Throws what stopped a backward pass: an exception of a C# function inside it as it was, else libtorch's error.</summary>
    internal static void ThrowIfFailed(int status)
    {
        ExceptionDispatchInfo? inner = thrownInBackward;
        thrownInBackward = null;
        if (status == 0) return;
        inner?.Throw();
        NativeMethods.Check(status, "backward");
    }

    /// <summary>Keeps what stopped a C# function inside a backward pass, and tells libtorch its message.</summary>
    internal static void Remember(Exception exception)
    {
        thrownInBackward = ExceptionDispatchInfo.Capture(exception);
        NativeMethods.px_set_last_error(exception.Message);
    }

    [UnmanagedCallersOnly]
    private static int RecomputeAndBackward(nint context, nint gradient, nint* inputGradients, int inputCount)
    {
        try
        {
            var saved = (SavedCall)GCHandle.FromIntPtr(context).Target!;
            using var scope = TensorScope.Begin();
            var inputs = new Tensor[inputCount];
            for (int k = 0; k < inputCount; k++)
            {
                inputs[k] = saved.Inputs[k].Detach();
                if (saved.RequiresGrad[k]) inputs[k].RequiresGrad = true;
            }

            // Computed as the first time, whatever holds where backward runs.
            using (Autocast.Begin(saved.Cast))
            using (GradMode.Enable())
            {
                Tensor output = saved.Function(inputs);
                int status = NativeMethods.px_backward(output.Acquire(), gradient, 0);
                output.Release();
                ThrowIfFailed(status);
            }

            for (int k = 0; k < inputCount; k++)
            {
                nint found = 0;
                if (saved.RequiresGrad[k])
                {
                    NativeMethods.Check(NativeMethods.px_get_gradient(inputs[k].Acquire(), &found), nameof(Checkpoint));
                    inputs[k].Release();
                }

                inputGradients[k] = found;
            }

            return 0;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Remember(e);
            return 1;
        }
    }

    [UnmanagedCallersOnly]
    private static void Free(nint context)
    {
        var pin = GCHandle.FromIntPtr(context);
        var saved = (SavedCall)pin.Target!;
        foreach (Tensor tensor in saved.Inputs) tensor.Dispose();
        pin.Free();
    }

    private static nint[] Acquire(IReadOnlyList<Tensor> tensors)
    {
        var handles = new nint[tensors.Count];
        for (int k = 0; k < handles.Length; k++) handles[k] = tensors[k].Acquire();
        return handles;
    }

    private static void Release(IReadOnlyList<Tensor> tensors)
    {
        for (int k = 0; k < tensors.Count; k++) tensors[k].Release();
    }

    private sealed record SavedCall(Func<Tensor[], Tensor> Function, Tensor[] Inputs, bool[] RequiresGrad, ScalarType? Cast);
}
