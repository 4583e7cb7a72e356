using PixArt.Adapters;
using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Finds out which transformers a pipeline has, from its options, its manifest or its one transformer.</summary>
static class PipelineExperts
{
    const int DefaultSplit = 400;
    const string Whole = "transformer";

    /// <summary>The experts, from the cleanest timesteps to the noisiest; nothing is loaded yet.</summary>
    /// <exception cref="PixArtException">A folder is missing, the split is outside of (0, T), or the manifest is not usable.</exception>
    public static IReadOnlyList<PipelineExpert> Of(PipelineFolder facts, PipelineOptions options)
    {
        var timesteps = facts.Scheduler.NumTrainTimesteps;
        if (options.Split is { } split && (split <= 0 || split >= timesteps))
            throw new InvalidSettingException("split", split, $"a timestep above 0 and below {timesteps}");
        if (options.ExpertFolder is { } folder) return Known(options, Pair(facts, options, folder, options.Split ?? Math.Min(DefaultSplit, timesteps - 1)));
        if (options.Split is { } alone) throw new InvalidSettingException("split", alone, "a second expert's folder with it");
        if (facts.Experts is { } manifest) return Known(options, Ensemble(facts, options, manifest));
        return Known(options, [Expert(Whole, new(0, timesteps), facts.Component(Whole), facts, options)]);
    }

    /// <summary>The parts of a run that one expert takes in one go, in the order of the steps.</summary>
    public static IReadOnlyList<StepRange> StepsByExpert(IReadOnlyList<PipelineExpert> experts, ISampler sampler, StepRange steps)
    {
        var parts = new List<StepRange>();
        for (var i = steps.Start; i < steps.End; i++)
        {
            if (i > steps.Start && OwnerOf(i) == OwnerOf(i - 1)) parts[^1] = parts[^1] with { End = i + 1 };
            else parts.Add(new(i, i + 1));
        }
        return parts.Count > 0 ? parts : [steps];

        int OwnerOf(int step) => experts.Where(expert => expert.Interval.Low <= sampler.Timesteps[step]).Max(expert => expert.Interval.Low);
    }

    static PipelineExpert[] Pair(PipelineFolder facts, PipelineOptions options, string folder, int split)
    {
        var detail = TransformerOf(facts.PlaceOf(new(Whole, folder)), facts);
        RequireSameLatents(detail, facts);
        return
        [
            Expert("detail expert", new(0, split), detail, facts, options),
            Expert(Whole, new(split, facts.Scheduler.NumTrainTimesteps), facts.Component(Whole), facts, options),
        ];
    }

    static PipelineExpert[] Ensemble(PipelineFolder facts, PipelineOptions options, ExpertManifest manifest)
    {
        manifest.RequireSameProcess(facts.Scheduler);
        return [.. manifest.Experts.OrderBy(expert => expert.Owns.Low).Select(expert =>
        {
            var (adapts, differs) = (expert.Kind is "lora", expert.Kind is "delta");
            var folder = facts.Component(adapts || differs ? Whole : expert.Weights);
            RequireSameLatents(folder, facts);
            var own = adapts || differs ? facts.Places.Find(expert.Weights)! : null;
            return Expert(
                expert.Name, expert.Owns, folder, facts, options with { DType = expert.DType ?? options.DType },
                adapts ? [new(own!)] : [], differs ? own : null, Hashes(facts, expert, folder, own, options)) with
            {
                GuidanceScale = expert.GuidanceScale,
                GuidanceRescale = expert.GuidanceRescale,
            };
        })];
    }

    static ExpertHashes? Hashes(PipelineFolder facts, ManifestExpert expert, ComponentFolder folder, string? own, PipelineOptions options)
    {
        if (expert.Sha256 is null && (own is null || expert.ParentSha256 is null)) return null;
        var weights = folder.WeightFiles(options.Variant);
        return new(
            Path.Combine(facts.Path, ExpertManifest.FileName), expert.Name,
            expert.Sha256, own is null ? weights : expert.Kind is "lora" ? Adapter.WeightFiles(own) : ExpertDelta.WeightFiles(own, options.Variant),
            own is null ? null : expert.ParentSha256, weights);
    }

    static PipelineExpert Expert(
        string name, TimestepInterval interval, ComponentFolder folder, PipelineFolder facts, PipelineOptions options, IReadOnlyList<AdapterChoice>? own = null,
        string? delta = null, ExpertHashes? hashes = null)
    {
        var chosen = options.Adapters.Where(a => a.Expert is null || string.Equals(a.Expert, name, StringComparison.Ordinal));
        AdapterChoice[] adapters = [.. own ?? [], .. chosen.Select(a => a with { Path = facts.PlaceOf(new(null, a.Path)) })];
        return new(name, interval, new(Load))
        {
            Folder = folder,
            Adapters = [.. delta is null ? [] : (AdapterReport[])[ExpertDelta.Check(delta, folder, options.Variant)], .. AdapterLoading.Check(folder, adapters, options.Variant)],
        };

        PixArtTransformer Load()
        {
            hashes?.Require();
            return ComponentLoading.Transformer(folder, options, adapters, delta);
        }
    }

    // An adapter for an expert that is not there would do nothing, unnoticed.
    static IReadOnlyList<PipelineExpert> Known(PipelineOptions options, IReadOnlyList<PipelineExpert> experts)
    {
        foreach (var adapter in options.Adapters)
            if (adapter.Expert is { } name && !experts.Any(e => string.Equals(e.Name, name, StringComparison.Ordinal)))
                throw new InvalidSettingException($"expert of adapter '{adapter.Path}'", name, string.Join(" or ", experts.Select(e => $"'{e.Name}'")));
        return experts;
    }

    // The other model of a pair is published as a whole folder, whose scheduler has to agree; its transformer alone will do.
    static ComponentFolder TransformerOf(string path, PipelineFolder facts)
    {
        if (!File.Exists(Path.Combine(path, ModelFolder.IndexName))) return new ComponentFolder(path);
        var model = ModelFolder.Open(path);
        SameProcess.Require(
            PipelineFolder.ReadScheduler(model), facts.Scheduler, "as the first model's scheduler has: experts share one noise schedule", path);
        return model.Component(Whole);
    }

    // Depth and width are an expert's own affair; latents and captions are shared.
    static void RequireSameLatents(ComponentFolder folder, PipelineFolder facts)
    {
        var config = folder.Config().As(PixArtTransformerConfig.Read);
        Same("in_channels", config.InChannels, facts.Transformer.InChannels);
        Same("caption_channels", CaptionsOf(config), CaptionsOf(facts.Transformer));
        Same("sample_size", config.SampleSize, facts.Transformer.SampleSize);

        void Same(string field, int found, int expected)
        {
            if (found != expected) throw new InvalidSettingException($"{folder.Path}: {field}", found, $"{expected}, as the first expert has");
        }

        static int CaptionsOf(PixArtTransformerConfig config) => config.CaptionChannels ?? config.CrossAttentionDim;
    }
}
