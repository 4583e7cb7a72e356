using PixArt.Diffusion;
using PixArt.Imaging;
using PixArt.Text;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>A request with everything decided that it left to the model.</summary>
sealed record GenerationPlan
{
    // That of diffusers' image-to-image pipelines.
    const double DefaultStrength = 0.8;

    /// <summary>The request, its ranges checked.</summary>
    public required GenerationRequest Request { get; init; }

    /// <summary>Pixels of the pictures, and of what is sampled for them.</summary>
    public required PictureSizes Sizes { get; init; }

    /// <summary>Pixels of the pictures.</summary>
    public (int Height, int Width) Size => Sizes.Size;

    /// <summary>Pixels that are sampled: the bin, or the size itself.</summary>
    public (int Height, int Width) SampledSize => Sizes.Sampled;

    /// <summary>Latents of one picture, [C, h, w].</summary>
    public required long[] LatentShape { get; init; }

    /// <summary>The steps.</summary>
    public required ISampler Sampler { get; init; }

    /// <summary>The part of the steps that is taken.</summary>
    public required StepRange Steps { get; init; }

    /// <summary>
    /// Whether the result is the clean latents that the last step predicts: PixArt-α's pipeline does so for runs of one step, for
    /// models distilled to it. Null: as the sampler says.
    /// </summary>
    public bool? ReturnsPrediction { get; init; }

    /// <summary>The scheduler's short name.</summary>
    public required string SchedulerName { get; init; }

    /// <summary>What is done to prompts before they are tokenized.</summary>
    public required CaptionPreparation Captions { get; init; }

    /// <summary>Text tokens.</summary>
    public required int MaxSequenceLength { get; init; }

    /// <summary>The first picture's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How many steps were asked for; null: the sampler chooses them.</summary>
    public required int? StepCount { get; init; }

    /// <summary>How strongly the prompt counts.</summary>
    public required double GuidanceScale { get; init; }

    /// <summary>Whether the unconditional half is computed.</summary>
    public required bool IsGuided { get; init; }

    /// <summary>How much of the process is gone through again from the picture that it starts from: 1 begins with pure noise.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>Whether a picture is encoded to start from it or to keep a part of it.</summary>
    public bool NeedsPicture => Request.Reference is not null || (Request.Image is not null && (Strength < 1 || Request.Mask is not null));

    /// <summary>Decoded pictures [B, 3, H, W] from the sampled size to the one asked for.</summary>
    public Tensor ToRequestedSize(Tensor pictures)
    {
        if (Sizes.Canvas == SampledSize && Request.Reference is null) return pictures;
        using var scope = TensorScope.Begin();
        var canvas = ImageTensors.ResizeAndCrop(pictures, Sizes.Canvas.Width, Sizes.Canvas.Height);
        // Beside a reference, the picture is the right half.
        return scope.Keep(Request.Reference is null ? canvas : canvas.Narrow(3, Size.Width, Size.Width));
    }

    /// <summary>All pictures, prompt after prompt.</summary>
    public IReadOnlyList<PictureToMake> Pictures =>
    [
        .. Enumerable.Range(0, Request.Prompts.Count * Request.PicturesPerPrompt)
            .Select(i => new PictureToMake(i, Request.Prompts[i / Request.PicturesPerPrompt], SeedOf(i), TextOf(i / Request.PicturesPerPrompt))),
    ];

    /// <summary>What the pictures steer away from, as it is encoded.</summary>
    public string NegativeText => Style?.ApplyNegative(Request.NegativePrompt) ?? Request.NegativePrompt;

    PromptStyle? Style => Request.Style is { } name ? PromptStyle.Find(name) : null;

    ulong SeedOf(int index) => Request.Seeds is { } seeds ? seeds[index % seeds.Count] : unchecked(Seed + (ulong)index);

    string TextOf(int prompt) => Style?.Apply(Request.Prompts[prompt]) ?? Request.Prompts[prompt];

    /// <summary>Decides.</summary>
    /// <exception cref="InvalidSettingException">A value is out of range, or the model cannot do it.</exception>
    public static GenerationPlan Create(GenerationRequest request, PipelineFolder model)
    {
        var scheduler = model.Scheduler.As(request.Scheduler);
        var oneStep = Samplers.IsOneStep(scheduler);
        var chooses = Samplers.ChoosesSteps(scheduler.ClassName);
        if (chooses) RequireNoSteps(request);
        // What the folder recommends is checked like what is asked for.
        request = (request with
        {
            Steps = request.Steps ?? (oneStep ? 1 : chooses ? null : model.Steps),
            GuidanceScale = request.GuidanceScale ?? (oneStep ? 1 : model.GuidanceScale),
            MaxSequenceLength = request.MaxSequenceLength ?? model.MaxSequenceLength,
        }).Validate();
        var scale = model.Autoencoder.DownsampleFactor;
        var sizes = PictureSizes.Of(request, model);
        long[] latents = [model.Transformer.InChannels, sizes.Sampled.Height / scale, sizes.Sampled.Width / scale];
        CheckLatents(request, latents);
        CheckGuidance(request, model);
        var sampler = Samplers.Create(scheduler, new SamplerOptions
        {
            Steps = request.Timesteps is null ? request.Steps : null,
            Timesteps = request.Timesteps is { } given ? [.. given.Select(t => (double)t)] : null,
            Eta = request.Eta,
        });
        var strength = request.Strength ?? (request is { Image: not null, Mask: null } ? DefaultStrength : 1);
        return new()
        {
            Request = request,
            Sizes = sizes,
            Strength = strength,
            LatentShape = latents,
            Sampler = sampler,
            StepCount = request.Steps,
            GuidanceScale = request.GuidanceScale!.Value,
            // Experts may have a scale of their own.
            IsGuided = request.GuidanceScale > 1 || model.Experts?.Experts.Any(expert => expert.GuidanceScale > 1) == true,
            Steps = StepsOf(request, strength, sampler, scheduler.NumTrainTimesteps),
            ReturnsPrediction = model.Kind == PipelineKind.Alpha && sampler.Timesteps.Count == 1 && !chooses ? true : null,
            SchedulerName = Samplers.Names.FirstOrDefault(
                name => string.Equals(SamplerNames.ClassOf(name), scheduler.ClassName, StringComparison.Ordinal), scheduler.ClassName),
            Captions = request.CaptionPreparation ?? model.Captions,
            MaxSequenceLength = request.MaxSequenceLength!.Value,
            // Small enough that every program can read it back from the picture.
            Seed = request.Seed ?? (ulong)Random.Shared.NextInt64(1L << 32),
        };
    }

    static StepRange StepsOf(GenerationRequest request, double strength, ISampler sampler, int trainTimesteps)
    {
        var steps = Handover.Between(sampler, request.DenoisingStart, request.DenoisingEnd, trainTimesteps);
        if (strength >= 1) return steps;
        var start = StepRange.ForStrength(sampler, strength).Start;
        if (start >= steps.End) throw new InvalidSettingException("strength", strength, "more, so that steps are left before denoising end");
        // Not every sampler can begin anywhere; that is said now rather than after the prompts are encoded.
        sampler.Begin(start).Dispose();
        return steps with { Start = start };
    }

    // Steps that come out while it runs cannot be counted, begun in the middle or shared by pictures.
    static void RequireNoSteps(GenerationRequest request)
    {
        const string adaptive = "with a sampler that chooses its steps";
        if (request.Steps is { } steps) throw new InvalidSettingException("steps", steps, $"no number {adaptive}: it takes as many as it needs");
        if (request.Timesteps is not null) throw new InvalidSettingException("timesteps", "given", $"none {adaptive}");
        if (request.BatchSize > 1) throw new InvalidSettingException("batch size", request.BatchSize, $"1 {adaptive}: each picture has steps of its own");
        if (request.Image is not null || request.Reference is not null)
            throw new InvalidSettingException(request.Image is null ? "reference" : "image", "given", $"none {adaptive}: it begins with noise");
        if (request.DenoisingStart is not null || request.DenoisingEnd is not null)
            throw new InvalidSettingException(
                request.DenoisingStart is null ? "denoising end" : "denoising start", request.DenoisingStart ?? request.DenoisingEnd, $"none {adaptive}");
    }

    static void CheckGuidance(GenerationRequest request, PipelineFolder model)
    {
        var timesteps = model.Scheduler.NumTrainTimesteps;
        if (request.GuidanceInterval is { } interval && interval.High > timesteps)
            throw new InvalidSettingException("guidance interval", interval, $"timesteps of at most {timesteps}");
        if (request.PerturbedAttention is { Scale: > 0 } perturbed) PerturbedLayers.Of(perturbed.Layers, model.Transformer.NumLayers);
    }

    static void CheckLatents(GenerationRequest request, long[] shape)
    {
        long[] expected = [(long)request.Prompts.Count * request.PicturesPerPrompt, .. shape];
        if (request.Latents is { } given && !given.Shape.AsSpan().SequenceEqual(expected))
            throw new InvalidSettingException("latents", $"[{string.Join(", ", given.Shape)}]", $"[{string.Join(", ", expected)}]");
    }
}

/// <summary>One picture of a plan.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Prompt">Its prompt as written.</param>
/// <param name="Seed">Its own seed.</param>
/// <param name="Text">The prompt as it is encoded, in its style.</param>
sealed record PictureToMake(int Index, string Prompt, ulong Seed, string Text);
