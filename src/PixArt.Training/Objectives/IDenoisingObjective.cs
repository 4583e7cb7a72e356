using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>Turns a denoiser's prediction into a loss.</summary>
public interface IDenoisingObjective
{
    /// <summary>The process that adds the noise.</summary>
    DiffusionProcess Process { get; }

    /// <summary>The loss of each sample.</summary>
    /// <param name="batch">What the prediction was made from.</param>
    /// <param name="prediction">The model's output [B, C or 2C, H, W], fp32.</param>
    /// <returns>[B]; its mean is what is minimised.</returns>
    Tensor PerSample(NoisyBatch batch, Tensor prediction);
}
