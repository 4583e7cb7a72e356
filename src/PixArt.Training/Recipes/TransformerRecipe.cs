using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Training.Objectives;

namespace PixArt.Training.Recipes;

/// <summary>Trains a PixArtTransformer on latents and captions; a parent, or the expert of an interval.</summary>
public record TransformerRecipe : GradientRecipe
{
    /// <summary>Where latents come from.</summary>
    public LatentRecipe Latents { get; set; } = new();

    /// <summary>Features that were computed before, in the PixArt repositories' files; null: computed from pictures and captions.</summary>
    public FeatureFilesRecipe? Features { get; set; }

    /// <summary>The folder of the tokenizer.</summary>
    public string Tokenizer { get; set; } = "";

    /// <summary>The encoder that reads the captions.</summary>
    public TextEncoderRecipe TextEncoder { get; set; } = new();

    /// <summary>Tokens of a caption at most, its end included.</summary>
    public int MaxTokens { get; set; } = 120;

    /// <summary>Share of captions that are replaced by the empty prompt, 0 to 1.</summary>
    public double CaptionDropout { get; set; } = 0.1;

    /// <summary>The timesteps that are trained.</summary>
    public IntervalRecipe Interval { get; set; } = new(0, 1000);

    /// <summary>SimpleTuner's name for training one expert: <see cref="RefinerTrainingStrength"/> says which timesteps instead of
    /// <see cref="Interval"/>.</summary>
    public bool RefinerTraining { get; set; }

    /// <summary>Share of the schedule, from its clean end, that the clean timesteps' expert owns: above 0, below 1. 0.4 is [0, 400).</summary>
    public double? RefinerTrainingStrength { get; set; }

    /// <summary>Takes the other side, the noisy one: with a strength of 0.4, [400, 1000).</summary>
    public bool RefinerTrainingInvertSchedule { get; set; }

    /// <summary>The loss.</summary>
    public ObjectiveRecipe Objective { get; set; } = new();

    /// <summary>What is measured on samples that are not trained on, or null.</summary>
    public HeldOutRecipe? HeldOut { get; set; }

    /// <summary>One caption for all pictures in the place of their own, such as <c>a photo of sks dog</c>; null: their own.</summary>
    public string? Caption { get; set; }

    /// <summary>Trains an adapter instead of the weights; null: the weights.</summary>
    public AdapterRecipe? Adapter { get; set; }

    /// <summary>Pictures of a class beside those of one of its members (DreamBooth), or null.</summary>
    public PriorRecipe? Prior { get; set; }

    /// <summary>Distils into a model of few steps (LCM) instead of training on the loss; null: does not.</summary>
    public ConsistencyRecipe? Consistency { get; set; }

    /// <summary>Distils into a model of one step (DMD) instead of training on the loss; null: does not.</summary>
    public DistributionMatchingRecipe? DistributionMatching { get; set; }

    /// <summary>Recomputes each block in the backward pass: less memory, a third more time.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>The timesteps that are trained, whichever way they are given.</summary>
    internal TimestepInterval Timesteps => (RefinerTraining ? RefinerInterval.Of(RefinerTrainingStrength!.Value, RefinerTrainingInvertSchedule) : Interval).Timesteps;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        ModelFields.Check("model", Model, json => PixArtTransformerConfig.Read(json).ToJson());
        ModelFields.Check("textEncoder.model", TextEncoder.Model, json => T5EncoderConfig.Read(json).ToJson());
        Latents.Validate();
        Features?.Validate(Data);
        var readsText = Features is { Text: true };
        if (!readsText) TextEncoder.Validate();
        Require(!readsText || !TextEncoder.Train, "textEncoder.train", TextEncoder.Train, "false, as 'features' hold the text");
        Require(
            !readsText || (HeldOut is null && Prior is null), "features.text", true,
            "false with 'heldOut' or 'prior', whose captions need a text encoder");
        Require(Features is null || Latents.Cache is null, "latents.cache", Latents.Cache, "null, as 'features' hold the latents");
        RefinerInterval.Validate(this);
        Objective.Validate();
        HeldOut?.Validate();
        Require(readsText || Tokenizer.Length > 0, "tokenizer", Tokenizer, "a folder with spiece.model");
        Require(MaxTokens >= 2, "maxTokens", MaxTokens, "2 or more");
        Require(Caption is null || !readsText, "caption", Caption, "null, as 'features' hold the captions");
        Require(CaptionDropout is >= 0 and <= 1, "captionDropout", CaptionDropout, "0 to 1");
        Adapter?.Validate();
        Prior?.Validate();
        Consistency?.Validate(this);
        DistributionMatching?.Validate(this);
        if (Adapter is not null)
        {
            Require(From is not null, "from", From, "the folder of a trained transformer, as 'adapter' is set");
            Require(!TextEncoder.Train, "textEncoder.train", true, "false, as 'adapter' is set");
        }

        _ = new TimestepSampler(Timesteps, Objective.Bias);
    }
}
