using PixArt.Text;
using PixArt.Diffusion;
using PixArt.Imaging;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>A request with everything decided that it left to the model.</summary>
sealed record GenerationPlan
{
    /// <summary>The request, its ranges checked.</summary>
    public required GenerationRequest Request { get; init; }

    /// <summary>Pixels of the pictures.</summary>
    public required (int Height, int Width) Size { get; init; }

    /// <summary>Pixels that are sampled: the bin, or the size itself.</summary>
    public required (int Height, int Width) SampledSize { get; init; }

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

    /// <summary>How many steps were asked for.</summary>
    public required int StepCount { get; init; }

    /// <summary>How strongly the prompt counts.</summary>
    public required double GuidanceScale { get; init; }

    /// <summary>Whether the unconditional half is computed.</summary>
    public bool IsGuided => GuidanceScale > 1;

    /// <summary>Whether <see cref="SampledSize"/> is a bin.</summary>
    public bool IsBinned { get; private init; }

    /// <summary>Decoded pictures [B, 3, H, W] from the sampled size to the one asked for.</summary>
    public Tensor ToRequestedSize(Tensor pictures) =>
        IsBinned ? ImageTensors.ResizeAndCrop(pictures, Size.Width, Size.Height) : pictures;

    /// <summary>All pictures, prompt after prompt.</summary>
    public IReadOnlyList<PictureToMake> Pictures =>
    [
        .. Enumerable.Range(0, Request.Prompts.Count * Request.Count)
            .Select(i => new PictureToMake(i, Request.Prompts[i / Request.Count], unchecked(Seed + (ulong)i))),
    ];

    /// <summary>Decides.</summary>
    /// <exception cref="InvalidSettingException">A value is out of range, or the model cannot do it.</exception>
    public static GenerationPlan Create(GenerationRequest request, PipelineFolder model)
    {
        // What the folder recommends is checked like what is asked for.
        request = (request with
        {
            Steps = request.Steps ?? model.Steps,
            GuidanceScale = request.GuidanceScale ?? model.GuidanceScale,
            MaxSequenceLength = request.MaxSequenceLength ?? model.MaxSequenceLength,
        }).Validate();
        var scale = model.Autoencoder.DownsampleFactor;
        var native = model.Transformer.SampleSize * scale;
        var size = (Height: request.Height ?? native, Width: request.Width ?? native);
        var bins = BinsOf(model, request.ResolutionBinning);
        var sampled = bins?.Closest(size.Height, size.Width) ?? size;
        CheckDivisible("height", sampled.Height, scale * model.Transformer.PatchSize);
        CheckDivisible("width", sampled.Width, scale * model.Transformer.PatchSize);
        long[] latents = [model.Transformer.InChannels, sampled.Height / scale, sampled.Width / scale];
        CheckLatents(request, latents);
        var scheduler = model.Scheduler.As(request.Scheduler);
        var sampler = Samplers.Create(scheduler, new SamplerOptions
        {
            Steps = request.Timesteps is null ? request.Steps : null,
            Timesteps = request.Timesteps is { } given ? [.. given.Select(t => (double)t)] : null,
            Eta = request.Eta,
        });
        return new()
        {
            Request = request,
            Size = size,
            SampledSize = sampled,
            IsBinned = bins is not null,
            LatentShape = latents,
            Sampler = sampler,
            StepCount = request.Steps!.Value,
            GuidanceScale = request.GuidanceScale!.Value,
            Steps = Handover.Between(sampler, request.DenoisingStart, request.DenoisingEnd, scheduler.NumTrainTimesteps),
            ReturnsPrediction = model.Kind == PipelineKind.Alpha && sampler.Timesteps.Count == 1 ? true : null,
            SchedulerName = Samplers.Names.FirstOrDefault(
                name => string.Equals(SamplerNames.ClassOf(name), scheduler.ClassName, StringComparison.Ordinal), scheduler.ClassName),
            Captions = request.CaptionPreparation ?? model.Captions,
            MaxSequenceLength = request.MaxSequenceLength!.Value,
            // Small enough that every program can read it back from the picture.
            Seed = request.Seed ?? (ulong)Random.Shared.NextInt64(1L << 32),
        };
    }

    static AspectRatioBins? BinsOf(PipelineFolder model, bool? wanted)
    {
        if (wanted == false) return null;
        var bins = AspectRatioBins.ForSampleSize(model.Transformer.SampleSize);
        // The tables hold pixels of autoencoders that shrink eight times.
        if (wanted is null && bins?.Side != model.Transformer.SampleSize * model.Autoencoder.DownsampleFactor) return null;
        return bins ?? throw new InvalidSettingException(
            "resolution binning", "on", $"off: there are trained sizes for sample_size 32, 64, 128 and 256, this model has {model.Transformer.SampleSize}");
    }

    static void CheckDivisible(string field, int pixels, int unit)
    {
        if (pixels % unit != 0) throw new InvalidSettingException(field, pixels, $"a multiple of {unit}");
    }

    static void CheckLatents(GenerationRequest request, long[] shape)
    {
        long[] expected = [(long)request.Prompts.Count * request.Count, .. shape];
        if (request.Latents is { } given && !given.Shape.AsSpan().SequenceEqual(expected))
            throw new InvalidSettingException("latents", $"[{string.Join(", ", given.Shape)}]", $"[{string.Join(", ", expected)}]");
    }
}

/// <summary>One picture of a plan.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Seed">Its own seed.</param>
sealed record PictureToMake(int Index, string Prompt, ulong Seed);
