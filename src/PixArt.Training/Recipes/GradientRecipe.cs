using System.Text.Json.Nodes;
using PixArt.Torch;
using PixArt.Training.Optimization;

namespace PixArt.Training.Recipes;

/// <summary>What runs have in common that descend a gradient.</summary>
public abstract record GradientRecipe : TrainingRecipe
{
    /// <summary>Where every random stream starts. PixArt's own training uses 43.</summary>
    public ulong Seed { get; set; } = 43;

    /// <summary>Where training data come from.</summary>
    public DataRecipe Data { get; set; } = new();

    /// <summary>Optimizer steps in all, 1 or more.</summary>
    public long Steps { get; set; } = 10_000;

    /// <summary>Samples of one forward pass, 1 or more.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>Forward and backward passes of one optimizer step, 1 or more.</summary>
    public int Accumulation { get; set; } = 1;

    /// <summary>Where the model lives: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    public string Device { get; set; } = "cpu";

    /// <summary>Threads of an operation on the CPU, or null for libtorch's own choice.</summary>
    public int? Threads { get; set; }

    /// <summary>What matrix products and convolutions compute in.</summary>
    public ComputePrecision Precision { get; set; } = ComputePrecision.Fp32;

    /// <summary>What the model's parameters and their gradients are kept in; moments and averages stay fp32.</summary>
    public ParameterPrecision Parameters { get; set; } = ParameterPrecision.Fp32;

    /// <summary>How the loss is scaled under fp16.</summary>
    public LossScaling? LossScaling { get => field ?? (Precision == ComputePrecision.Fp16 ? new() : null); set; }

    /// <summary>The model's shape as its diffusers <c>config.json</c> has it, or null: that of <see cref="From"/>.</summary>
    public JsonObject? Model { get; set; }

    /// <summary>A component folder whose weights training starts from, or null: from random values.</summary>
    public string? From { get; set; }

    /// <summary>How parameters follow their gradients.</summary>
    public OptimizerRecipe Optimizer { get; set; } = new();

    /// <summary>The learning rate's course.</summary>
    public LearningRateSchedule Schedule { get; set; } = new() { WarmupSteps = 500 };

    /// <summary>Largest norm of all gradients together, or null for no limit. PixArt's released models used 0.01.</summary>
    public double? MaxGradNorm { get; set; } = 1;

    /// <summary>The moving average that is saved as the result, or null for the parameters themselves.</summary>
    public EmaDecay? Ema { get; set; } = new();

    /// <summary>When checkpoints are written.</summary>
    public CheckpointRecipe Checkpoint { get; set; } = new();

    /// <summary>What is shown while it runs.</summary>
    public ReportRecipe Report { get; set; } = new();

    /// <summary>How the run is spread over processes, where there are many.</summary>
    public RanksRecipe Ranks { get; set; } = new();

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Data.Validate();
        Require(Steps >= 1, "steps", Steps, "1 or more");
        Require(BatchSize >= 1, "batchSize", BatchSize, "1 or more");
        Require(Accumulation >= 1, "accumulation", Accumulation, "1 or more");
        Require(Threads is null or >= 1, "threads", Threads, "1 or more");
        Require(MaxGradNorm is null or > 0, "maxGradNorm", MaxGradNorm, "a number above 0, or null");
        Require(Model is not null || From is not null, "model", null, "the model's configuration, or 'from' with a folder");
        _ = Torch.Device.Parse(Device);
        Optimizer.Validate();
        Schedule.Validate();
        Ema?.Validate();
        CheckOptimizer();
        Require(LossScaling is null || Precision == ComputePrecision.Fp16, "lossScaling", "given", "null, or 'precision' fp16");
        LossScaling?.Validate("lossScaling");
        Require(
            Parameters == ParameterPrecision.Fp32 || Precision == ComputePrecision.Bf16, "precision", RecipeJson.Name(Precision),
            "bf16, as 'parameters' are");
        Require(
            Parameters == ParameterPrecision.Fp32 || Optimizer.Kind != OptimizerKind.Muon, "optimizer.kind", "muon",
            "another kind, as 'parameters' are bf16");
        Checkpoint.Validate();
        Ranks.Validate(Optimizer.Kind);
        Report.Validate();
    }

    // Optimizers that do by themselves what other settings do.
    void CheckOptimizer()
    {
        var free = Optimizer.Kind == OptimizerKind.ScheduleFree;
        Require(!free || Ema is null, "ema", "given", "null, as the optimizer 'scheduleFree' averages by itself");
        var alone = free || Optimizer.Adafactor is { RelativeStep: true };
        Require(!alone || Schedule.Kind == ScheduleKind.Constant, "schedule.kind", RecipeJson.Name(Schedule.Kind), "constant, as the optimizer needs no schedule but a warm-up");
    }
}
