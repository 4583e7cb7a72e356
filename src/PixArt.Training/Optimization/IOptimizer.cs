using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Changes parameters along their gradients.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>Number of steps made.</summary>
    long StepCount { get; set; }

    /// <summary>Everything that a resumed run needs besides <see cref="StepCount"/>, by unique name; loading copies into
    /// these tensors. They belong to the optimizer.</summary>
    IEnumerable<TrainedTensor> State { get; }

    /// <summary>Makes one step. Parameters without a gradient stay as they are.</summary>
    /// <param name="learningRate">The rate of this step.</param>
    /// <param name="gradientScale">Multiplies every gradient first: the factor of <see cref="GradientNorm"/>.</param>
    void Step(double learningRate, double gradientScale = 1);

    /// <summary>Shows the parameters as they shall be used, where that is not as they are trained, until the result is disposed. Most
    /// optimizers have nothing of the kind.</summary>
    IDisposable? UseAverage() => null;
}
