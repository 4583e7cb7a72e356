using System.Text.Json;
using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

/// <summary>The conditioned closed-form model of the original samplers' goldens, with guidance.</summary>
sealed class OriginalModel : IDenoiser, IDisposable
{
    const double GuidanceScale = 4.5;
    readonly Tensor? _positive;
    readonly Tensor? _negative;
    readonly bool _isScore;

    OriginalModel(Tensor? positive, Tensor? negative, bool isScore)
    {
        _positive = positive;
        _negative = negative;
        _isScore = isScore;
    }

    /// <summary>What the model was asked at.</summary>
    public List<double> Times { get; } = [];

    public static OriginalModel Of(Golden golden, JsonElement entry)
    {
        var guided = entry.Optional("guidance")?.GetString() is not "uncond";
        return new OriginalModel(
            guided ? golden.Tensor("in/condition") : null,
            guided ? golden.Tensor("in/uncondition") : null,
            entry.Optional("model_type")?.GetString() is "score");
    }

    public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
    {
        Times.Add(timestep);
        using var scope = TensorScope.Begin();
        using var mix = new FakeModel("mix").Predict(latents, timestep, cancellation);
        if (_isScore) return scope.Keep(mix * -new NoiseScheduleAt(timestep).Sigma);
        if (_positive is null) return scope.Keep(mix + 0.0);
        var (positive, negative) = (mix + Shift(_positive), mix + Shift(_negative!));
        return scope.Keep(negative + ((positive - negative) * GuidanceScale));
    }

    public void Dispose()
    {
        _positive?.Dispose();
        _negative?.Dispose();
    }

    static Tensor Shift(Tensor condition) => condition.Mean([1]).View(condition.Size(0), 1, 1, 1) * 0.05;

    readonly struct NoiseScheduleAt(double timestep)
    {
        public double Sigma => ContinuousSchedule.From(new SchedulerConfig()).Point((timestep / 1000) + 0.001).Sigma;
    }
}
