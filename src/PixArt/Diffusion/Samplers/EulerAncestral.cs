using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>Euler's method that falls below the next noise level and draws fresh noise up to it.</summary>
sealed class EulerAncestral(SchedulerConfig config, StepGrid grid) : SigmaSampler(config, grid.Timesteps, grid.Sigmas)
{
    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        double sigma = Sigmas[step.Index], next = Sigmas[step.Index + 1];
        var original = Prediction.ToOriginalUnscaled(Config.PredictionType, step.Output, step.Sample, sigma);
        var up = next * Math.Sqrt((sigma * sigma) - (next * next)) / sigma;
        var down = next * next / sigma;
        var share = down / sigma;
        return (WeightedSum.Of((share, step.Sample), (1 - share, original), (up, Draw(step))), original);
    }
}
