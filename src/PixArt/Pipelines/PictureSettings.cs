using PixArt.Text;
using System.Reflection;

namespace PixArt.Pipelines;

/// <summary>Writes down how a picture is made.</summary>
static class PictureSettings
{
    static readonly string s_version =
        typeof(PictureSettings).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static GenerationSettings Of(PipelineModels models, GenerationPlan plan, PictureToMake picture) => new()
    {
        Version = s_version,
        Model = models.Facts.Path,
        Expert = models.Options.ExpertFolder,
        Split = models.Options.ExpertFolder is null ? null : models.Experts[0].Interval.High,
        Adapters = models.Options.Adapters.Count == 0 ? null : models.Options.Adapters,
        Prompt = picture.Prompt,
        NegativePrompt = plan.Request.NegativePrompt,
        Steps = plan.StepCount,
        GuidanceScale = plan.GuidanceScale,
        Seed = picture.Seed,
        Width = plan.Size.Width,
        Height = plan.Size.Height,
        Scheduler = plan.SchedulerName,
        CaptionPreparation = plan.Captions,
        ResolutionBinning = plan.IsBinned,
        MaxSequenceLength = plan.MaxSequenceLength,
        Eta = plan.Request.Eta,
        DType = (models.Options.DType ?? Torch.ScalarType.Float32).ToString().ToLowerInvariant(),
        Device = models.Options.Device.ToString(),
    };
}
