using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>What samplers share: their list of steps, the checks of a run, and the channels of a learned variance.</summary>
abstract class Sampler(SchedulerConfig config, IReadOnlyList<double> timesteps) : ISampler
{
    public IReadOnlyList<double> Timesteps { get; } = timesteps;

    /// <summary>The noise levels before each step and after the last, where the sampler walks in them.</summary>
    public virtual IReadOnlyList<double> Sigmas => [];

    public virtual double InitNoiseSigma => 1;

    public virtual int Order => 1;

    public virtual bool UsesLearnedVariance => false;

    public virtual bool EndsOnPrediction => false;

    protected SchedulerConfig Config { get; } = config;

    public virtual SamplerState Begin(int index = 0)
    {
        if (index < 0 || index >= Timesteps.Count)
            throw new InvalidSettingException("begin index", index, $"a step from 0 to {Timesteps.Count - 1}");
        if (index % Order != 0)
            throw new InvalidSettingException("begin index", index, "an even one: this sampler takes its steps in pairs");
        return new SamplerState(index);
    }

    public virtual Tensor ScaleInput(Tensor sample, int index) => sample.Detach();

    public SamplerStep Step(SamplerState state, Tensor modelOutput, int index, Tensor sample, INoiseSource noise)
    {
        if (index != state.NextIndex)
            throw new InvalidOperationException($"step {index} was asked of a run whose next step is {state.NextIndex}");
        using var scope = TensorScope.Begin();
        var channels = sample.Size(1);
        var (output, variance) = (modelOutput, (Tensor?)null);
        if (modelOutput.Size(1) == 2 * channels)
            (output, variance) = (modelOutput.Narrow(1, 0, channels), modelOutput.Narrow(1, channels, channels));
        var (previous, original) = Advance(new StepInput(state, output, variance, index, sample, noise));
        state.NextIndex++;
        state.Taken++;
        // Two names for one tensor would be disposed twice.
        if (ReferenceEquals(previous, original)) original = previous.Detach();
        return new SamplerStep(Given(scope, previous, sample), Given(scope, original, sample));
    }

    public abstract Tensor AddNoise(Tensor original, Tensor noise, int index);

    protected abstract (Tensor Previous, Tensor Original) Advance(StepInput step);

    protected static Tensor Draw(StepInput step) =>
        step.Noise.Draw(step.Output.Shape, step.Output.DType, step.Output.Device);

    protected static Tensor Scoped(ReadOnlySpan<(double Weight, Tensor Tensor)> terms)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(WeightedSum.Of(terms));
    }

    // A result that is one of the arguments gets a handle of its own.
    static Tensor Given(TensorScope scope, Tensor result, Tensor sample) =>
        scope.Keep(ReferenceEquals(result, sample) ? result.Detach() : result);
}

/// <summary>The arguments of one step, the variance channels apart.</summary>
readonly record struct StepInput(
    SamplerState State, Tensor Output, Tensor? Variance, int Index, Tensor Sample, INoiseSource Noise);
