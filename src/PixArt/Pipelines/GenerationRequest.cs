using PixArt.Text;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>
/// What to make. Defaults are those of diffusers' PixArt pipelines; null means that the model decides. Every range is checked
/// before any work begins; what depends on the model (sizes, scheduler) when the pipeline takes the request.
/// </summary>
public sealed record GenerationRequest
{
    /// <summary>The longest prompt in characters. Models see their first 120 or 300 tokens, so nothing useful is longer.</summary>
    public const int LongestPrompt = 20_000;

    /// <summary>What the pictures show; at least one, each at most <see cref="LongestPrompt"/> characters.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>What the pictures shall not show. Empty: guidance steers away from the empty text, as in training.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>Denoising steps, 1 to 1000; null: what the model folder recommends, else 20.</summary>
    public int? Steps { get; init; }

    /// <summary>How strongly the prompt counts, 0 to 100; guidance is off at 1 and below. Null: what the model folder recommends, else 4.5.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>
    /// Picture i (counted over all prompts) draws all its noise from PyTorch's CPU stream of seed + i, so each can be made
    /// again alone. Null: a random one, which the result tells.
    /// </summary>
    public ulong? Seed { get; init; }

    /// <summary>Width in pixels; null: the size the model was trained for.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels; null: the size the model was trained for.</summary>
    public int? Height { get; init; }

    /// <summary>Pictures of each prompt, 1 to 1000.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Pictures in work at once, 1 to 256: more use a large device better and take more memory. The result differs by rounding only.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>A sampler's short name (<c>dpm++</c>, <c>ddim</c>, <c>euler</c> …) or diffusers class name; null: the model folder's.</summary>
    public string? Scheduler { get; init; }

    /// <summary>What happens to prompts before they are tokenized; null: what the model folder says, else <see cref="CaptionPreparation.Clean"/>.</summary>
    public CaptionPreparation? CaptionPreparation { get; init; }

    /// <summary>
    /// Makes the trained size of nearest aspect ratio, then resizes and crops to the size asked for. Null: where the model has such sizes.
    /// </summary>
    public bool? ResolutionBinning { get; init; }

    /// <summary>Text tokens, end token included, 1 to 1024; null: 120 for α, 300 for Σ, or what the model folder says.</summary>
    public int? MaxSequenceLength { get; init; }

    /// <summary>The noise weight η of samplers that have one, 0 (deterministic) to 1; null: 0 for DDIM, 0.3 for TCD.</summary>
    public double? Eta { get; init; }

    /// <summary>Training timesteps to visit instead of <see cref="Steps"/> chosen by the scheduler, descending.</summary>
    public IReadOnlyList<long>? Timesteps { get; init; }

    /// <summary>
    /// Begins where a run that ended at the same fraction stopped: <see cref="Latents"/> are its result. In (0, 1); null: at the beginning.
    /// </summary>
    public double? DenoisingStart { get; init; }

    /// <summary>Stops at this fraction of the schedule, in (0, 1), leaving the rest to another model; null: runs to the end.</summary>
    public double? DenoisingEnd { get; init; }

    /// <summary>
    /// Starting latents [pictures, C, H/f, W/f] instead of noise from the seed; they stay the caller's. With
    /// <see cref="DenoisingStart"/> they are taken as they are, otherwise scaled to the scheduler's first noise level.
    /// </summary>
    public Tensor? Latents { get; init; }

    /// <summary>Checks what can be checked without a model.</summary>
    /// <exception cref="InvalidSettingException">A value is out of range.</exception>
    public GenerationRequest Validate()
    {
        if (Prompts is null or { Count: 0 }) throw new InvalidSettingException("prompts", "an empty list", "at least one prompt");
        foreach (var prompt in Prompts) CheckText("prompt", prompt);
        CheckText("negative prompt", NegativePrompt);
        if (Steps is { } steps) CheckRange("steps", steps, 1, 1000);
        CheckRange("count", Count, 1, 1000);
        CheckRange("batch size", BatchSize, 1, 256);
        if (Width is { } width) CheckRange("width", width, 1, 16384);
        if (Height is { } height) CheckRange("height", height, 1, 16384);
        if (MaxSequenceLength is { } length) CheckRange("max sequence length", length, 1, 1024);
        if (GuidanceScale is { } guidance) CheckRange("guidance scale", guidance, 0, 100);
        if (Eta is { } eta) CheckRange("eta", eta, 0, 1);
        CheckFraction("denoising start", DenoisingStart);
        CheckFraction("denoising end", DenoisingEnd);
        if (DenoisingStart >= DenoisingEnd)
            throw new InvalidSettingException("denoising start", DenoisingStart, $"less than denoising end, {DenoisingEnd}");
        if (DenoisingStart is not null && Latents is null)
            throw new InvalidSettingException("latents", null, "the latents of the run that stopped at denoising start");
        if (Timesteps is { Count: 0 }) throw new InvalidSettingException("timesteps", "an empty list", "at least one timestep");
        return this;
    }

    static void CheckText(string field, string? text)
    {
        if (text is null) throw new InvalidSettingException(field, null, "a text, possibly empty");
        if (text.Length > LongestPrompt) throw new InvalidSettingException(field, text, $"at most {LongestPrompt} characters");
    }

    static void CheckRange(string field, int value, int least, int most)
    {
        if (value < least || value > most) throw new InvalidSettingException(field, value, $"a whole number from {least} to {most}");
    }

    static void CheckRange(string field, double value, double least, double most)
    {
        if (!(value >= least && value <= most)) throw new InvalidSettingException(field, value, $"a number from {least} to {most}");
    }

    static void CheckFraction(string field, double? value)
    {
        if (value is { } number && !(number > 0 && number < 1))
            throw new InvalidSettingException(field, number, "a fraction above 0 and below 1");
    }
}
