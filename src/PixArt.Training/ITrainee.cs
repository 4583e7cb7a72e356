using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Training.Optimization;

namespace PixArt.Training;

/// <summary>What a <see cref="Trainer"/> trains: knows its models, its data and its loss, nothing of the loop.</summary>
interface ITrainee : IDisposable
{
    /// <summary>The parameters under training, in an order that never changes.</summary>
    IReadOnlyList<TrainedTensor> Parameters { get; }

    /// <summary>Makes the samples of a pass. Called from another thread, ahead of time.</summary>
    /// <param name="pass">Number of passes before this one: step times accumulation plus micro-step.</param>
    TrainingBatch Prepare(long pass);

    /// <summary>Computes the loss of a batch.</summary>
    /// <param name="batch">What <see cref="Prepare"/> made for this pass.</param>
    /// <param name="pass">As there.</param>
    /// <param name="statistics">Is told the parts of the loss.</param>
    /// <returns>A scalar with its graph.</returns>
    Tensor Loss(TrainingBatch batch, long pass, LossStatistics statistics);

    /// <summary>Is told that the gradients of a step are whole, before their norm is taken.</summary>
    void Accumulated()
    {
    }

    /// <summary>Is told the moving average of the parameters, whose tensors stay the same ones. Called once, before training.</summary>
    void Averaged(MovingAverage average)
    {
    }

    /// <summary>Writes component folders with the parameters as they are now.</summary>
    /// <param name="folder">The folder above them.</param>
    /// <param name="step">Optimizer steps made.</param>
    void Export(string folder, long step);

    /// <summary>Whether <see cref="HeldOutLoss"/> shall be asked after a step.</summary>
    bool WantsHeldOutLoss(long step) => false;

    /// <summary>Measures the loss of samples that are not trained on, with the parameters as they are now.</summary>
    /// <param name="statistics">Is told it.</param>
    void HeldOutLoss(LossStatistics statistics)
    {
    }

    /// <summary>Pictures that show what the parameters can do now; null when there is nothing to show.</summary>
    Image? Sheet();
}
