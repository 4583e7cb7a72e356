using PixArt.Diffusion;
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

    /// <summary>A style of <see cref="PromptStyle.All"/> that goes around every prompt and before the negative one; null: none.</summary>
    public string? Style { get; init; }

    /// <summary>Denoising steps, 1 to 1000; null: what the model folder recommends, else 20. None with a sampler that chooses its own
    /// (<see cref="Samplers.ChoosesSteps"/>).</summary>
    public int? Steps { get; init; }

    /// <summary>How strongly the prompt counts, 0 to 100; guidance is off at 1 and below. Null: what the model folder recommends, else 4.5.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>
    /// The share, 0 to 1, by which guided predictions take back the spread of the unguided ones, against over-exposed pictures (Lin et al. 2023);
    /// null: none, or what an expert of the model folder has.
    /// </summary>
    public double? GuidanceRescale { get; init; }

    /// <summary>The timesteps that are guided (Kynkäänniemi et al. 2024), inside [0, T]; the others follow the prompt alone, at half the cost. Null: all.</summary>
    public TimestepInterval? GuidanceInterval { get; init; }

    /// <summary>Steers away from what the model makes with perturbed self-attention: one more evaluation a step. Null: off.</summary>
    public PerturbedAttentionOptions? PerturbedAttention { get; init; }

    /// <summary>
    /// Picture i (counted over all prompts) draws all its noise from PyTorch's CPU stream of seed + i, so each can be made
    /// again alone. Null: a random one, which the result tells.
    /// </summary>
    public ulong? Seed { get; init; }

    /// <summary>
    /// The seeds of each prompt's pictures, 1 to 1000, instead of <see cref="Seed"/> and <see cref="Count"/>: every prompt with every seed. Null:
    /// counted up from <see cref="Seed"/>.
    /// </summary>
    public IReadOnlyList<ulong>? Seeds { get; init; }

    /// <summary>Width in pixels; null: the size the model was trained for.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels; null: the size the model was trained for.</summary>
    public int? Height { get; init; }

    /// <summary>
    /// Height by width, 0.05 to 20, for models that are asked for no size in pixels: the trained size of nearest shape, or about as many
    /// pixels as the model was trained for. With a size in pixels too, that shape is made and then resized and cropped. Null: the shape
    /// of <see cref="Image"/>, else that of the size.
    /// </summary>
    public double? AspectRatio { get; init; }

    /// <summary>
    /// The picture to start from instead of pure noise (image-to-image), scaled to cover the size and cropped in the middle; null: none.
    /// </summary>
    public InputPicture? Image { get; init; }

    /// <summary>
    /// How far the picture may change, above 0 to 1: that share of the steps is taken, from the picture under as much noise. At 1 the
    /// run begins with pure noise, as without a picture. Null: 0.8; with a mask or a reference, 1.
    /// </summary>
    public double? Strength { get; init; }

    /// <summary>Where <see cref="Image"/> is painted anew (bright, from one half on) and where it is kept (dark): as large as the image. Null: everywhere.</summary>
    public InputPicture? Mask { get; init; }

    /// <summary>
    /// A picture whose look the new one shall take: both are sampled as the halves of one canvas, the reference kept (PixArt-α's
    /// reference pipeline). Costs as much as a picture of twice the width. Null: none.
    /// </summary>
    public InputPicture? Reference { get; init; }

    /// <summary>Pictures of each prompt, 1 to 1000.</summary>
    public int Count { get; init; } = 1;

    /// <summary>How many pictures each prompt gets: <see cref="Count"/>, or as many as <see cref="Seeds"/>.</summary>
    public int PicturesPerPrompt => Seeds?.Count ?? Count;

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

    /// <summary>Whether the progress of sampling carries coarse pictures of the batch as it looks so far (<see cref="PipelineProgress.Previews"/>).</summary>
    public bool Previews { get; init; }

    /// <summary>A picture whose edges the pictures follow; null: none. Where no size is asked for, the size has its
    /// aspect ratio.</summary>
    public ControlCondition? Control { get; init; }

    /// <summary>Checks what can be checked without a model.</summary>
    /// <exception cref="InvalidSettingException">A value is out of range.</exception>
    public GenerationRequest Validate()
    {
        if (Prompts is null or { Count: 0 }) throw new InvalidSettingException("prompts", "an empty list", "at least one prompt");
        foreach (var prompt in Prompts) CheckText("prompt", prompt);
        CheckText("negative prompt", NegativePrompt);
        if (Style is { } style) PromptStyle.Find(style);
        if (Seeds is { } seeds)
        {
            CheckRange("seeds", seeds.Count, 1, 1000);
            if (Seed is not null || Count != 1) throw new InvalidSettingException("seeds", "given", "neither seed nor count beside them");
        }
        if (Steps is { } steps) CheckRange("steps", steps, 1, 1000);
        CheckRange("count", Count, 1, 1000);
        CheckRange("batch size", BatchSize, 1, 256);
        if (Width is { } width) CheckRange("width", width, 1, 16384);
        if (Height is { } height) CheckRange("height", height, 1, 16384);
        if (MaxSequenceLength is { } length) CheckRange("max sequence length", length, 1, 1024);
        if (GuidanceScale is { } guidance) CheckRange("guidance scale", guidance, 0, 100);
        if (GuidanceRescale is { } rescale) CheckRange("guidance rescale", rescale, 0, 1);
        if (GuidanceInterval is { } interval && (interval.Low < 0 || interval.Count < 1))
            throw new InvalidSettingException("guidance interval", interval, "two timesteps of at least 0, the lower first");
        PerturbedAttention?.Validated();
        if (Eta is { } eta) CheckRange("eta", eta, 0, 1);
        CheckFraction("denoising start", DenoisingStart);
        CheckFraction("denoising end", DenoisingEnd);
        if (DenoisingStart >= DenoisingEnd)
            throw new InvalidSettingException("denoising start", DenoisingStart, $"less than denoising end, {DenoisingEnd}");
        if (DenoisingStart is not null && Latents is null)
            throw new InvalidSettingException("latents", null, "the latents of the run that stopped at denoising start");
        CheckPictures();
        Control?.Validate();
        if (Control is not null && Reference is not null) throw new InvalidSettingException("control picture", "given", "none beside a reference");
        if (Timesteps is { Count: 0 }) throw new InvalidSettingException("timesteps", "an empty list", "at least one timestep");
        return this;
    }

    void CheckPictures()
    {
        if (AspectRatio is { } ratio) CheckRange("aspect ratio", ratio, 0.05, 20);
        if (Strength is { } strength && !(strength > 0 && strength <= 1))
            throw new InvalidSettingException("strength", strength, "a number above 0, to 1");
        if (Strength is not null && Image is null && Reference is null)
            throw new InvalidSettingException("strength", Strength, "a picture to start from with it");
        if (Mask is { Image: var mask })
        {
            if (Image is not { Image: var image }) throw new InvalidSettingException("mask", Mask.Path ?? "given", "a picture to start from with it");
            if ((mask.Width, mask.Height) != (image.Width, image.Height))
                throw new InvalidSettingException("mask", $"{mask.Width}x{mask.Height}", $"{image.Width}x{image.Height}, the size of the picture");
        }
        if (Reference is not null && Image is not null)
            throw new InvalidSettingException("reference", Reference.Path ?? "given", "no picture to start from beside it");
        if ((Image ?? Reference) is { } start && (Latents is not null || DenoisingStart is not null))
            throw new InvalidSettingException("image", start.Path ?? "given", "no latents and no denoising start beside it");
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
