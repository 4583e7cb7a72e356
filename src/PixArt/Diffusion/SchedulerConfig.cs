using System.Text.Json.Serialization;

namespace PixArt.Diffusion;

/// <summary>
/// The settings of a sampler and of the training process it inverts, field for field as diffusers writes them to
/// <c>scheduler/scheduler_config.json</c>. Property defaults are those of <c>DPMSolverMultistepScheduler</c>;
/// <see cref="DefaultsOf"/> gives another class's. Which fields matter depends on the class.
/// </summary>
public sealed partial record SchedulerConfig
{
    /// <summary>The scheduler class the settings are for, as diffusers names it (<c>_class_name</c>).</summary>
    [JsonPropertyName("_class_name")]
    public string ClassName { get; init; } = SchedulerClasses.DpmSolverMultistep;

    /// <summary>T, the training timesteps; at least 1.</summary>
    public int NumTrainTimesteps { get; init; } = 1000;

    /// <summary>β of timestep 0, in (0, 1).</summary>
    public double BetaStart { get; init; } = 0.0001;

    /// <summary>β of timestep T − 1, in (0, 1).</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>The curve between them.</summary>
    public BetaSchedule BetaSchedule { get; init; }

    /// <summary>The betas themselves, instead of a curve.</summary>
    public IReadOnlyList<double>? TrainedBetas { get; init; }

    /// <summary>Rescales the betas so that the last timestep is pure noise (Lin et al. 2023).</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>What the model predicts.</summary>
    public PredictionType PredictionType { get; init; }

    /// <summary>How steps are laid over the training timesteps.</summary>
    public TimestepSpacing TimestepSpacing { get; init; }

    /// <summary>Added to every timestep of <see cref="TimestepSpacing.Leading"/>.</summary>
    public int StepsOffset { get; init; }

    /// <summary>The noise level at the end.</summary>
    public FinalSigma FinalSigmasType { get; init; }

    /// <summary>Clamps the predicted sample to ±<see cref="ClipSampleRange"/>. Wrong for latents, which are unbounded.</summary>
    public bool ClipSample { get; init; }

    /// <summary>The bound of <see cref="ClipSample"/>.</summary>
    public double ClipSampleRange { get; init; } = 1;

    /// <summary>Dynamic thresholding of the predicted sample (Saharia et al. 2022, §2.3). Wrong for latents.</summary>
    public bool Thresholding { get; init; }

    /// <summary>The quantile of |x_0| that dynamic thresholding scales to 1, in (0, 1].</summary>
    public double DynamicThresholdingRatio { get; init; } = 0.995;

    /// <summary>The largest value dynamic thresholding scales down from; at least 1.</summary>
    public double SampleMaxValue { get; init; } = 1;

    /// <summary>What the model's second half of channels is, or the fixed variance of DDPM; null: dropped.</summary>
    public VarianceType? VarianceType { get; init; }

    /// <summary>Solver order, 1 to 3.</summary>
    public int SolverOrder { get; init; } = 2;

    /// <summary>
    /// <c>dpmsolver++</c>, <c>dpmsolver</c>, <c>sde-dpmsolver++</c>, <c>sde-dpmsolver</c>; <c>deis</c>;
    /// <c>data_prediction</c>, <c>noise_prediction</c> (SA-Solver).
    /// </summary>
    public string AlgorithmType { get; init; } = "dpmsolver++";

    /// <summary><c>midpoint</c>, <c>heun</c> (DPM-Solver); <c>bh1</c>, <c>bh2</c> (UniPC); <c>logrho</c> (DEIS).</summary>
    public string SolverType { get; init; } = "midpoint";

    /// <summary>Lowers the order in the last steps of a run of fewer than 15.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>Takes the last step by first order whatever its length.</summary>
    public bool EulerAtFinal { get; init; }

    /// <summary>Lays the noise levels as Karras et al. 2022 (ρ = 7).</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>Lays the noise levels evenly in their logarithm.</summary>
    public bool UseExponentialSigmas { get; init; }

    /// <summary>Lays the noise levels by the quantiles of Beta(0.6, 0.6).</summary>
    public bool UseBetaSigmas { get; init; }

    /// <summary>Lays the noise levels evenly in log-SNR (Lu et al. 2022).</summary>
    public bool UseLuLambdas { get; init; }

    /// <summary>Follows the straight path of flow matching instead of the variance-preserving one.</summary>
    public bool UseFlowSigmas { get; init; }

    /// <summary>The timestep shift of <see cref="UseFlowSigmas"/>; above 0.</summary>
    public double FlowShift { get; init; } = 1;

    /// <summary>Takes the shift from the run's <see cref="SamplerOptions.Mu"/>.</summary>
    public bool UseDynamicShifting { get; init; }

    /// <summary>How <see cref="SamplerOptions.Mu"/> shifts: <c>exponential</c> or <c>linear</c>.</summary>
    public string TimeShiftType { get; init; } = "exponential";

    /// <summary>Leaves out timesteps whose half log-SNR lies below this; −∞ keeps all.</summary>
    public double LambdaMinClipped { get; init; } = double.NegativeInfinity;

    /// <summary>Whether the sample after timestep 0 has ᾱ = 1 rather than ᾱ_0.</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>How Euler fills in noise levels: <c>linear</c> or <c>log_linear</c>.</summary>
    public string InterpolationType { get; init; } = "linear";

    /// <summary>The smallest noise level of a Karras, exponential or beta grid; null: the schedule's.</summary>
    public double? SigmaMin { get; init; }

    /// <summary>The largest noise level of a Karras, exponential or beta grid; null: the schedule's.</summary>
    public double? SigmaMax { get; init; }

    /// <summary>What Euler gives a velocity model as time: <c>discrete</c> timesteps, or <c>continuous</c> ¼ ln σ.</summary>
    public string TimestepType { get; init; } = "discrete";

    /// <summary>The length of the distillation grid that LCM and TCD pick their steps from.</summary>
    public int OriginalInferenceSteps { get; init; } = 50;

    /// <summary>Multiplies the timestep in LCM's boundary condition.</summary>
    public double TimestepScaling { get; init; } = 10;

    /// <summary>Starts PNDM without its Runge–Kutta steps.</summary>
    public bool SkipPrkSteps { get; init; }

    /// <summary>Whether UniPC extrapolates the predicted sample rather than the predicted noise.</summary>
    public bool PredictX0 { get; init; } = true;

    /// <summary>The step indices after which UniPC does not correct.</summary>
    public IReadOnlyList<int> DisableCorrector { get; init; } = [];

    /// <summary>SA-Solver's predictor order, 1 to 3.</summary>
    public int PredictorOrder { get; init; } = 2;

    /// <summary>SA-Solver's corrector order, 1 to 4.</summary>
    public int CorrectorOrder { get; init; } = 2;

    /// <summary>The timestep shift of flow-match Euler; above 0.</summary>
    public double Shift { get; init; } = 1;

    /// <summary>Stretches a flow grid so that it ends at this noise level; null: as it is.</summary>
    public double? ShiftTerminal { get; init; }

    /// <summary>Runs flow-match Euler from clean to noisy.</summary>
    public bool InvertSigmas { get; init; }

    /// <summary>Draws fresh noise in every step of flow-match Euler.</summary>
    public bool StochasticSampling { get; init; }
}
