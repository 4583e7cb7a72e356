using System.Globalization;
using System.Reflection;
using PixArt.Text;

namespace PixArt.Pipelines;

/// <summary>Writes down how a picture is made.</summary>
static class PictureSettings
{
    static readonly string s_version =
        typeof(PictureSettings).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static GenerationSettings Of(PipelineModels models, GenerationPlan plan, PictureToMake picture) => new()
    {
        Version = s_version,
        Model = models.Facts.Name,
        Transformer = models.Options.TransformerFolder,
        Expert = models.Options.ExpertFolder,
        Split = models.Options.ExpertFolder is null ? null : models.Experts[0].Interval.High,
        Adapters = models.Options.Adapters.Count == 0 ? null : models.Options.Adapters,
        Decoder = models.Options.Decoder,
        Prompt = picture.Prompt,
        NegativePrompt = plan.Request.NegativePrompt,
        Style = plan.Request.Style,
        Steps = plan.StepCount,
        GuidanceScale = plan.GuidanceScale,
        GuidanceRescale = plan.Request.GuidanceRescale,
        GuidanceInterval = plan.Request.GuidanceInterval is { } interval
            ? string.Create(CultureInfo.InvariantCulture, $"{interval.Low}-{interval.High}") : null,
        PagScale = plan.Request.PerturbedAttention?.Scale,
        PagAdaptiveScale = plan.Request.PerturbedAttention?.AdaptiveScale,
        PagLayers = plan.Request.PerturbedAttention is { } perturbed ? string.Join(',', perturbed.Layers) : null,
        Seed = picture.Seed,
        Width = plan.Size.Width,
        Height = plan.Size.Height,
        AspectRatio = plan.Request.AspectRatio,
        Image = plan.Request.Image?.Path,
        ImageSha256 = plan.Request.Image?.Sha256,
        Mask = plan.Request.Mask?.Path,
        MaskSha256 = plan.Request.Mask?.Sha256,
        Reference = plan.Request.Reference?.Path,
        ReferenceSha256 = plan.Request.Reference?.Sha256,
        Strength = plan.Request.Image is null && plan.Request.Reference is null ? null : plan.Strength,
        Scheduler = plan.SchedulerName,
        CaptionPreparation = plan.Captions,
        ResolutionBinning = plan.Sizes.IsBinned,
        MaxSequenceLength = plan.MaxSequenceLength,
        Eta = plan.Request.Eta,
        Control = plan.Request.Control?.Kind,
        ControlImage = plan.Request.Control?.Source,
        ControlStrength = plan.Request.Control?.Strength,
        ControlModel = plan.Request.Control is null ? null : models.Options.ControlModel,
        HedModel = plan.Request.Control is null ? null : models.Options.HedModel,
        DType = (models.Options.DType ?? Torch.ScalarType.Float32).ToString().ToLowerInvariant(),
        Device = models.Options.Device.ToString(),
    };
}
