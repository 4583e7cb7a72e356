using System.CommandLine;
using PixArt.Cli.Generation;

namespace PixArt.Cli.Commands;

/// <summary>The options of <c>pixart evaluate</c>.</summary>
internal sealed class EvaluateOptions
{
    private static readonly EvaluateSettings Usual = new();

    private readonly Option<string> _model = With("--model", "Model folder or hub id.", Usual.Model, "folder|id");
    private readonly Option<string> _data = With("--data", "Folder of the emoji pictures that recipes/fetch-fluent-emoji fetched.", Usual.Data, "folder");
    private readonly Option<string> _output = With("--output", "Folder for report.md, report.json and sheet.png.", Usual.Output, "folder");
    private readonly Option<string> _recognizer = With("--recognizer", "The recogniser's weights; trained and written there when missing.", Usual.Recognizer, "file");
    private readonly Option<bool> _retrain = new("--retrain") { Description = "Train the recogniser even if it is there." };
    private readonly Option<int> _recognizerSteps = With("--recognizer-steps", "Training steps of the recogniser.", Usual.RecognizerSteps);
    private readonly Option<int> _prompts = With("--prompts", "Number of held-out prompts.", Usual.PromptCount);
    private readonly Option<string?> _promptList = new("--prompt-list") { Description = "Ask these prompts instead: a text file, one a line.", HelpName = "file" };
    private readonly Option<ulong> _seed = With("--seed", "Decides prompts and pictures.", Usual.Seed);
    private readonly Option<int> _steps = With("--steps", "Denoising steps.", Usual.Steps);
    private readonly Option<double> _guidance = With("--guidance", "How strongly the prompt counts.", Usual.Guidance);
    private readonly Option<string?> _scheduler = new("--scheduler") { Description = "Sampler; the model's own by default.", HelpName = "name" };
    private readonly Option<string?> _expert = new("--expert-folder") { Description = "A second model folder, or a hub id, for the timesteps below the split.", HelpName = "folder|id" };
    private readonly Option<int?> _split = new("--split") { Description = "First timestep of the first model where there is a second." };
    private readonly Option<string[]> _adapter = new("--adapter") { Description = "Adapter file or folder, as for pixart generate. Can be repeated.", HelpName = "file[@expert][=weight]" };
    private readonly Option<string?> _control = new("--control") { Description = "Let pictures follow the edges of the scenes that the prompts were written for, and measure how well they do: hed or gradient.", HelpName = "kind" };
    private readonly Option<string?> _controlModel = new("--control-model") { Description = "ControlNet that reads the edges, as for pixart generate.", HelpName = "path|id" };
    private readonly Option<double> _controlStrength = With("--control-strength", "How strongly edges are followed, 0 to 2.", Usual.ControlStrength);
    private readonly Option<string?> _hedModel = new("--hed-model") { Description = "Weights of the HED edge detector, as for pixart generate.", HelpName = "path|id" };
    private readonly Option<int> _batch = With("--batch", "Pictures in work at once.", Usual.BatchSize);
    private readonly Option<bool> _autoencoderOnly = new("--only-autoencoder") { Description = "Measure the autoencoder's PSNR alone; --model may be its own folder." };
    private readonly Option<int> _autoencoderScenes = With("--autoencoder-scenes", "Scenes for the autoencoder's PSNR.", Usual.AutoencoderScenes);

    public IEnumerable<Option> All =>
    [
        _model, _data, _output, _recognizer, _retrain, _recognizerSteps, _prompts, _promptList, _seed, _steps, _guidance, _scheduler,
        _expert, _split, _adapter, _control, _controlModel, _controlStrength, _hedModel, _batch, _autoencoderOnly, _autoencoderScenes,
    ];

    public EvaluateSettings Read(ParseResult parsed) => new()
    {
        Model = parsed.GetRequiredValue(_model),
        Data = parsed.GetRequiredValue(_data),
        Output = parsed.GetRequiredValue(_output),
        Recognizer = parsed.GetRequiredValue(_recognizer),
        Retrain = parsed.GetValue(_retrain),
        RecognizerSteps = parsed.GetValue(_recognizerSteps),
        PromptCount = parsed.GetValue(_prompts),
        PromptList = parsed.GetValue(_promptList),
        Seed = parsed.GetValue(_seed),
        Steps = parsed.GetValue(_steps),
        Guidance = parsed.GetValue(_guidance),
        Scheduler = parsed.GetValue(_scheduler),
        ExpertFolder = parsed.GetValue(_expert),
        Split = parsed.GetValue(_split),
        Adapters = AdapterTexts.Read(parsed.GetValue(_adapter)) ?? [],
        Control = parsed.GetValue(_control),
        ControlModel = parsed.GetValue(_controlModel),
        ControlStrength = parsed.GetValue(_controlStrength),
        HedModel = parsed.GetValue(_hedModel),
        BatchSize = parsed.GetValue(_batch),
        AutoencoderOnly = parsed.GetValue(_autoencoderOnly),
        AutoencoderScenes = parsed.GetValue(_autoencoderScenes),
    };

    private static Option<T> With<T>(string name, string description, T usual, string? help = null) =>
        new(name) { Description = description, HelpName = help, DefaultValueFactory = _ => usual };
}
