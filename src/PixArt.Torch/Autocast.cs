using System.Diagnostics.CodeAnalysis;

namespace PixArt.Torch;

/// <summary>
/// Computes matrix products and convolutions of fp32 tensors in a smaller type while a guard is open on this thread; inputs and
/// parameters are converted on the way in, and gradients flow through. On the CPU results are converted back at once, on CUDA they
/// stay small until something adds them to fp32 or normalises them, as under PyTorch's own autocast: there elementwise work is bound
/// by memory, on the CPU of older libtorch it is slow in small types. Norms, softmax, parameters and sums stay fp32.
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

    /// <summary>Whether this libtorch computes linear layers, matrix products and convolutions of a type on a device, forward and backward:
    /// it tries.</summary>
    /// <param name="type">The small type.</param>
    /// <param name="device">The device.</param>
    public static bool Supports(ScalarType type, Device device)
    {
        using var scope = TensorScope.Begin();
        using var cast = Begin(type);
        try
        {
            Tensor image = Tensor.Ones([1, 8, 4, 4], device: device), kernel = Tensor.Ones([8, 8, 1, 1], device: device), weight = Tensor.Ones([8, 8], device: device);
            kernel.RequiresGrad = weight.RequiresGrad = true;
            Tensor tokens = Functional.Linear(Functional.Conv2d(image, kernel).Reshape(1, 16, 8), weight);
            (tokens.MatMul(tokens.Transpose(1, 2)).To(ScalarType.Float32).Sum() + tokens.To(type).MatMul(weight.To(type)).To(ScalarType.Float32).Sum()).Backward();
            return true;
        }
        catch (TorchException)
        {
            return false;
        }
    }

    /// <summary>Whether a product of this input is computed in the small type.</summary>
    internal static bool Applies(Tensor input) => current is { } small && (input.DType == ScalarType.Float32 || input.DType == small);

    /// <summary>A product as what follows shall see it.</summary>
    internal static Tensor Result(Tensor product) => product.Device.IsCuda ? product : product.To(ScalarType.Float32);

    /// <summary>The input of an operator that is computed in fp32 whatever its input is.</summary>
    [return: NotNullIfNotNull(nameof(input))]
    internal static Tensor? Wide(Tensor? input) =>
        input is not null && current is { } small && input.DType == small ? input.To(ScalarType.Float32) : input;

    private sealed class Guard(ScalarType? before) : IDisposable
    {
        public void Dispose() => current = before;
    }
}
