using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>Euler's method over the noise level, with optional churn (Karras et al. 2022, algorithm 2).</summary>
sealed class Euler(SchedulerConfig config, StepGrid grid, SamplerOptions options)
    : SigmaSampler(config, grid.Timesteps, grid.Sigmas)
{
    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        double sigma = Sigmas[step.Index], next = Sigmas[step.Index + 1];
        var churns = sigma >= options.ChurnMin && sigma <= options.ChurnMax;
        var gamma = churns ? Math.Min(options.Churn / (Sigmas.Count - 1), Math.Sqrt(2) - 1) : 0;
        var raised = sigma * (gamma + 1);
        var sample = step.Sample;
        if (gamma > 0)
        {
            var added = options.ChurnNoise * Math.Sqrt((raised * raised) - (sigma * sigma));
            sample = WeightedSum.Of((1, sample), (added, Draw(step)));
        }

        // The model was asked at the level before the churn; only an ε prediction knows of the raised one.
        var level = Config.PredictionType == PredictionType.Epsilon ? raised : sigma;
        var original = Prediction.ToOriginalUnscaled(Config.PredictionType, step.Output, sample, level);
        var share = next / raised;
        return (WeightedSum.Of((share, sample), (1 - share, original)), original);
    }
}
