using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>How one parameter follows its gradient: a function of parameter, gradient, state and step that needs nothing of other
/// parameters. <see cref="TensorwiseOptimizer"/> steps any number of them by it.</summary>
public interface IUpdateRule
{
    /// <summary>The state before the first step, by names of its own, on the parameter's device.</summary>
    /// <param name="value">The parameter.</param>
    /// <returns>Tensors that the caller owns; maybe none.</returns>
    IReadOnlyList<TrainedTensor> Begin(Tensor value);

    /// <summary>Changes parameter and state.</summary>
    /// <param name="value">The parameter in fp32.</param>
    /// <param name="gradient">Its gradient in fp32; to be left as it is.</param>
    /// <param name="state">What <see cref="Begin"/> made, in that order.</param>
    /// <param name="now">The step.</param>
    void Update(Tensor value, Tensor gradient, IReadOnlyList<Tensor> state, UpdateMoment now);
}

/// <summary>A step of an optimizer.</summary>
/// <param name="Step">Its number, 1 for the first.</param>
/// <param name="Rate">Its learning rate.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct UpdateMoment(long Step, double Rate);
