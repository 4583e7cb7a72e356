using System.Globalization;
using PixArt.Pipelines;
using PixArt.Training.Evaluation;

namespace PixArt.Cli.Commands;

/// <summary>What <c>pixart evaluate</c> was asked to do.</summary>
internal sealed record EvaluateSettings
{
    public string Model { get; init; } = "models/fluent-scenes";

    public string Data { get; init; } = "artifacts/data/fluent-emoji-3d";

    public string Output { get; init; } = "runs/evaluation";

    public string Recognizer { get; init; } = "artifacts/scene-recognizer.safetensors";

    public bool Retrain { get; init; }

    public int RecognizerSteps { get; init; } = 2400;

    public int PromptCount { get; init; } = 150;

    public string? PromptList { get; init; }

    public ulong Seed { get; init; } = 1;

    public int Steps { get; init; } = 20;

    public double Guidance { get; init; } = 4.5;

    public string? Scheduler { get; init; }

    public string? ExpertFolder { get; init; }

    public int? Split { get; init; }

    public IReadOnlyList<AdapterChoice> Adapters { get; init; } = [];

    public string? Control { get; init; }

    public string? ControlModel { get; init; }

    public double ControlStrength { get; init; } = 1;

    public string? HedModel { get; init; }

    public int BatchSize { get; init; } = 8;

    public bool AutoencoderOnly { get; init; }

    public int AutoencoderScenes { get; init; } = 64;

    public GenerationRequest Request => new()
    {
        Prompts = ["a fox"],
        Seed = Seed,
        Steps = Steps,
        GuidanceScale = Guidance,
        Scheduler = Scheduler,
        BatchSize = BatchSize,
    };

    public PipelineOptions Pipeline => new() { ExpertFolder = ExpertFolder, Split = Split, Adapters = Adapters, ControlModel = ControlModel, HedModel = HedModel };

    /// <summary>How edges are found, or null: there is no control.</summary>
    public ControlKind? ControlKind => Control switch
    {
        null => null,
        "hed" => Pipelines.ControlKind.Hed,
        "gradient" => Pipelines.ControlKind.Gradient,
        _ => throw new InvalidSettingException("--control", Control, "hed or gradient"),
    };

    /// <summary>Refuses what cannot be used, before anything is loaded or written.</summary>
    public void Validate()
    {
        AtLeastOne("--prompts", PromptCount);
        AtLeastOne("--recognizer-steps", RecognizerSteps);
        AtLeastOne("--autoencoder-scenes", AutoencoderScenes);
        Request.Validate();
        if (ControlKind is null && ControlModel is not null) throw new InvalidSettingException("--control-model", ControlModel, "nothing without --control");
        if (ControlKind is not null && ControlModel is null) throw new InvalidSettingException("--control-model", null, "a ControlNet, as --control is given");
        if (ControlKind is not null && PromptList is not null)
            throw new InvalidSettingException("--prompt-list", PromptList, "nothing with --control: edges are those of the scenes behind the held-out prompts");
        if (!(ControlStrength is >= 0 and <= 2)) throw new InvalidSettingException("--control-strength", ControlStrength, "a number from 0 to 2");
    }

    /// <summary>What another run needs for the same figures.</summary>
    public IReadOnlyDictionary<string, string> Describe()
    {
        var setup = new OrderedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["model"] = Model,
            ["prompts"] = PromptList ?? string.Create(CultureInfo.InvariantCulture, $"{PromptCount} held out"),
            ["seed"] = Seed.ToString(CultureInfo.InvariantCulture),
            ["steps"] = Steps.ToString(CultureInfo.InvariantCulture),
            ["guidance"] = Guidance.ToString(CultureInfo.InvariantCulture),
            ["scheduler"] = Scheduler ?? "the model's own",
        };
        if (ExpertFolder is not null) setup["expert"] = ExpertFolder;
        if (Split is { } split) setup["split"] = split.ToString(CultureInfo.InvariantCulture);
        if (Adapters.Count > 0) setup["adapters"] = string.Join(", ", Adapters.Select(adapter => string.Create(CultureInfo.InvariantCulture, $"{adapter.Path} {adapter.Weight}")));
        if (Control is not null) setup["control"] = string.Create(CultureInfo.InvariantCulture, $"{Control} {ControlModel}, strength {ControlStrength}");
        return setup;
    }

    public string InOutput(string name) => Path.Combine(Output, name);

    public IReadOnlyList<EvaluationPrompt> Prompts()
    {
        if (PromptList is null) return EvaluationPrompt.HeldOutList(PromptCount, Seed);
        if (!File.Exists(PromptList)) throw new InvalidSettingException("--prompt-list", PromptList, "a text file with a prompt on each line");
        EvaluationPrompt[] own = [.. File.ReadLines(PromptList).Where(line => !string.IsNullOrWhiteSpace(line)).Select(EvaluationPrompt.Parse)];
        return own.Length > 0 ? own : throw new InvalidSettingException("--prompt-list", PromptList, "a file with at least one prompt");
    }

    private static void AtLeastOne(string option, int value)
    {
        if (value < 1) throw new InvalidSettingException(option, value, "at least 1");
    }
}
