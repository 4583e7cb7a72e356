using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Pipelines;
using PixArt.Text;
using PixArt.Training.Objectives;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>
/// Puts trained components together as a model folder in the diffusers layout, with <c>experts.json</c> where several
/// transformers share the timesteps.
/// </summary>
public static class ModelAssembly
{
    /// <summary>Writes the folder: beside the output first, then renamed, so that it is whole or not there.</summary>
    /// <param name="parts">What goes in.</param>
    /// <param name="output">The new folder; nothing may be there yet.</param>
    /// <exception cref="PixArtException">A component is missing or damaged, the parts do not fit, or writing failed.</exception>
    public static void Write(ModelParts parts, string output)
    {
        if (Path.Exists(output)) throw new InvalidSettingException("output", output, "a folder that is not there yet");
        var usual = new GenerationRequest
        {
            Prompts = [""],
            Steps = parts.Steps,
            GuidanceScale = parts.GuidanceScale,
            MaxSequenceLength = parts.MaxSequenceLength,
        }.Validate();
        var target = Path.GetFullPath(output);
        var work = $"{target}.{Guid.NewGuid():n}.tmp";
        try
        {
            Fill(parts, work);
            // What is shipped must load: configurations that do not fit each other are told now.
            PixArtPipeline.Check(work, options: null, usual);
            Directory.Move(work, target);
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    static void Fill(ModelParts parts, string folder)
    {
        var experts = Experts(parts);
        var scheduler = SchedulerOf(parts, experts);
        foreach (var expert in experts.DistinctBy(e => e.Name, StringComparer.Ordinal))
        {
            if (expert.IsAdapter) ComponentCopy.Files(expert.Folder, Path.Combine(folder, expert.Name));
            else ComponentCopy.Write(expert.Folder, Path.Combine(folder, expert.Name), parts.DType);
        }

        ComponentCopy.Write(parts.TextEncoder, Path.Combine(folder, "text_encoder"), parts.DType);
        ComponentCopy.Write(parts.Autoencoder, Path.Combine(folder, "vae"), parts.DType);
        ComponentCopy.Files(parts.Tokenizer, Path.Combine(folder, "tokenizer"));
        Directory.CreateDirectory(Path.Combine(folder, "scheduler"));
        AtomicFile.WriteText(Path.Combine(folder, "scheduler", "scheduler_config.json"), scheduler.ToJsonText() + "\n");
        if (experts.Count > 1) Manifest(experts, scheduler).Write(Path.Combine(folder, ExpertManifest.FileName));
        AtomicFile.WriteText(Path.Combine(folder, ModelFolder.IndexName), Index(parts, scheduler).ToJsonString(new() { WriteIndented = true }) + "\n");
    }

    // The expert of the noisiest timesteps keeps the plain name, so that programs without experts find a transformer.
    static List<NamedExpert> Experts(ModelParts parts)
    {
        if (parts.Transformers.Count == 0) throw new InvalidSettingException("transformers", "none", "at least one folder");
        if (parts.Adapters.Count > 0) return AdaptedExperts(parts);
        var found = parts.Transformers.Select(folder => (Folder: folder, Facts: ExpertInterval.Read(folder))).OrderByDescending(e => e.Facts.High).ToList();
        return [.. found.Select((e, i) => new NamedExpert(
            i == 0 ? "transformer" : $"transformer_t{e.Facts.Low}-{e.Facts.High - 1}", e.Folder, new(e.Facts.Low, e.Facts.High), e.Facts.Prediction) { ZeroTerminalSnr = e.Facts.ZeroTerminalSnr })];
    }

    // Adapters own their timesteps, the one transformer what is left of its own.
    static List<NamedExpert> AdaptedExperts(ModelParts parts)
    {
        if (parts.Transformers is not [var folder])
            throw new InvalidSettingException("transformers", $"{parts.Transformers.Count} folders", "one, as there are adapters");
        var whole = ExpertInterval.Read(folder);
        var experts = new List<NamedExpert>();
        var next = whole.Low;
        void Rest(int end)
        {
            if (end > next) experts.Add(new("transformer", folder, new(next, end), whole.Prediction) { ZeroTerminalSnr = whole.ZeroTerminalSnr });
            next = end;
        }

        foreach (var (adapter, facts) in parts.Adapters.Select(a => (a, ExpertInterval.Read(a))).OrderBy(a => a.Item2.Low))
        {
            if (facts.Low < next || facts.High > whole.High)
                throw new InvalidSettingException("adapters", new TimestepInterval(facts.Low, facts.High), "timesteps of the transformer's that no other adapter has");
            Rest(facts.Low);
            experts.Add(new($"adapter_t{facts.Low}-{facts.High - 1}", adapter, new(facts.Low, facts.High), facts.Prediction, IsAdapter: true) { ZeroTerminalSnr = facts.ZeroTerminalSnr });
            next = facts.High;
        }

        Rest(whole.High);
        return experts.Exists(e => !e.IsAdapter) ? experts
            : throw new InvalidSettingException("adapters", "all timesteps", "some left to the transformer; an adapter for all is given to pixart generate");
    }

    static SchedulerConfig SchedulerOf(ModelParts parts, List<NamedExpert> experts)
    {
        if (experts.Exists(e => e.Prediction != experts[0].Prediction))
            throw new InvalidSettingException("transformers", string.Join(", ", experts.Select(e => e.Prediction)), "experts that predict the same");
        if (experts.Exists(e => e.ZeroTerminalSnr != experts[0].ZeroTerminalSnr))
            throw new InvalidSettingException("transformers", "with and without 'zeroTerminalSnr'", "experts of the same noise schedule");
        if (experts is [{ Interval: { } only }] && only != new TimestepInterval(0, 1000))
            throw new InvalidSettingException("transformers", only, "one for all timesteps, or experts that cover them");
        var scheduler = new SchedulerConfig { PredictionType = experts[0].Prediction.AsType() };
        // Steps begin at the last timestep then, the one of pure noise.
        if (experts[0].ZeroTerminalSnr) scheduler = scheduler with { RescaleBetasZeroSnr = true, TimestepSpacing = TimestepSpacing.Trailing };
        return scheduler.As(parts.Scheduler);
    }

    static ExpertManifest Manifest(List<NamedExpert> experts, SchedulerConfig scheduler) => ExpertFolder.Manifest(scheduler, experts.Select(e => new ManifestExpert
    {
        Name = ExpertFolder.NameOf(e.Interval),
        Interval = [e.Interval.Low, e.Interval.High],
        Weights = e.Name,
        Kind = e.IsAdapter ? "lora" : "full",
    }));

    static JsonObject Index(ModelParts parts, SchedulerConfig scheduler)
    {
        var index = Components(parts, scheduler);
        if (parts.Steps is { } steps) index["num_inference_steps"] = steps;
        if (parts.GuidanceScale is { } guidance) index["guidance_scale"] = guidance;
        return index;
    }

    static JsonObject Components(ModelParts parts, SchedulerConfig scheduler) => new()
    {
        ["_class_name"] = $"PixArt{parts.Kind}Pipeline",
        ["_diffusers_version"] = "0.30.0",
        ["scheduler"] = new JsonArray("diffusers", scheduler.ClassName),
        ["text_encoder"] = new JsonArray("transformers", "T5EncoderModel"),
        ["tokenizer"] = new JsonArray("transformers", "T5Tokenizer"),
        ["transformer"] = new JsonArray("diffusers", "PixArtTransformer2DModel"),
        ["vae"] = new JsonArray("diffusers", "AutoencoderKL"),
        ["max_sequence_length"] = parts.MaxSequenceLength ?? (parts.Kind == PipelineKind.Sigma ? 300 : 120),
        ["caption_preparation"] = parts.Captions switch
        {
            CaptionPreparation.Raw => "raw",
            CaptionPreparation.LowerCase => "lower_case",
            _ => "clean",
        },
    };

    sealed record NamedExpert(string Name, string Folder, TimestepInterval Interval, PredictionTarget Prediction, bool IsAdapter = false)
    {
        public bool ZeroTerminalSnr { get; init; }
    }
}
