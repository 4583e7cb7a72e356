using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// A solver of the reverse process on a fixed list of timesteps. It knows no model: a loop asks a denoiser at
/// <see cref="Timesteps"/>[i] and hands the answer to <see cref="Step"/>. It holds no run: what it remembers between steps
/// is in the <see cref="SamplerState"/>, so one sampler serves any number of runs, and a run may begin at any index.
/// Latents are floating point of any precision; single precision is what the published runs use.
/// </summary>
public interface ISampler
{
    /// <summary>What the model is asked at, one a step, falling from noise to clean. Whole numbers where training has them.</summary>
    IReadOnlyList<double> Timesteps { get; }

    /// <summary>What standard normal noise is multiplied by before the first step.</summary>
    double InitNoiseSigma { get; }

    /// <summary>Model evaluations between two noise levels; 2 where every second step refines the one before it.</summary>
    int Order { get; }

    /// <summary>Whether <see cref="Step"/> wants the model's second half of channels, its variance.</summary>
    bool UsesLearnedVariance { get; }

    /// <summary>Whether a whole run's result is the last step's predicted clean latents rather than its next latents.</summary>
    bool EndsOnPrediction { get; }

    /// <summary>Starts a run.</summary>
    /// <param name="index">The first step that will be taken; even where <see cref="Order"/> is 2.</param>
    /// <exception cref="InvalidSettingException">There is no such step, or a run cannot begin at it.</exception>
    SamplerState Begin(int index = 0);

    /// <summary>What the model is shown of the latents.</summary>
    /// <param name="sample">Latents before step <paramref name="index"/>, [B, C, H, W].</param>
    /// <param name="index">The step.</param>
    /// <returns>A tensor of the same shape, the caller's to dispose.</returns>
    Tensor ScaleInput(Tensor sample, int index);

    /// <summary>Takes one step.</summary>
    /// <param name="state">The run; moves on to the next step.</param>
    /// <param name="modelOutput">The model's answer, [B, C, H, W], or [B, 2C, H, W] with a variance.</param>
    /// <param name="index">The step, the one that <paramref name="state"/> expects.</param>
    /// <param name="sample">Latents before the step, [B, C, H, W].</param>
    /// <param name="noise">Where a stochastic step draws, in the order of the published code.</param>
    SamplerStep Step(SamplerState state, Tensor modelOutput, int index, Tensor sample, INoiseSource noise);

    /// <summary>Clean latents as they would be before a step: where image-to-image begins.</summary>
    /// <param name="original">x_0, [B, C, H, W].</param>
    /// <param name="noise">Standard normal noise of the same shape.</param>
    /// <param name="index">The step.</param>
    /// <returns>The noised latents, the caller's to dispose.</returns>
    Tensor AddNoise(Tensor original, Tensor noise, int index);
}
