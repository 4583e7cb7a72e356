using PixArt.Diffusion;

namespace PixArt.Training.Objectives;

/// <summary>What a denoiser predicts. One value drives target, loss weight and sampler.</summary>
public enum PredictionTarget
{
    /// <summary>The noise; PixArt's own.</summary>
    Epsilon,

    /// <summary>The velocity sqrt(product) noise - sqrt(1 - product) x_0.</summary>
    Velocity,

    /// <summary>The clean latents x_0.</summary>
    Sample,
}

/// <summary>Between what is trained and what a scheduler is told.</summary>
static class PredictionTargets
{
    /// <summary>What a scheduler is told of it.</summary>
    public static PredictionType AsType(this PredictionTarget target) => target switch
    {
        PredictionTarget.Velocity => PredictionType.Velocity,
        PredictionTarget.Sample => PredictionType.Sample,
        _ => PredictionType.Epsilon,
    };

    /// <summary>What a model with this scheduler predicts.</summary>
    /// <exception cref="InvalidSettingException">It is nothing that is trained here.</exception>
    public static PredictionTarget Target(this SchedulerConfig scheduler) => scheduler.PredictionType switch
    {
        PredictionType.Epsilon => PredictionTarget.Epsilon,
        PredictionType.Sample => PredictionTarget.Sample,
        PredictionType.Velocity => PredictionTarget.Velocity,
        var other => throw new InvalidSettingException("prediction_type", other, "epsilon, sample or v_prediction, which can be trained here"),
    };
}
