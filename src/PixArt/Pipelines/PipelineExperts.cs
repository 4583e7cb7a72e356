using PixArt.Diffusion;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Finds out which transformers a pipeline has, from its options, its manifest or its one transformer.</summary>
static class PipelineExperts
{
    const int DefaultSplit = 400;

    /// <summary>The experts, from the cleanest timesteps to the noisiest; nothing is loaded yet.</summary>
    /// <exception cref="PixArtException">A folder is missing, the split is outside of (0, T), or the manifest is not usable.</exception>
    public static IReadOnlyList<PipelineExpert> Of(PipelineFolder facts, PipelineOptions options)
    {
        var timesteps = facts.Scheduler.NumTrainTimesteps;
        if (options.Split is { } split && (split <= 0 || split >= timesteps))
            throw new InvalidSettingException("split", split, $"a timestep above 0 and below {timesteps}");
        if (options.ExpertFolder is { } folder) return Pair(facts, options, folder, options.Split ?? Math.Min(DefaultSplit, timesteps - 1));
        if (options.Split is { } alone) throw new InvalidSettingException("split", alone, "a second expert's folder with it");
        if (facts.Experts is { } manifest) return Ensemble(facts, options, manifest);
        return [Expert("transformer", new(0, timesteps), facts.Component("transformer"), options)];
    }

    static PipelineExpert[] Pair(PipelineFolder facts, PipelineOptions options, string folder, int split) =>
    [
        Expert("detail expert", new(0, split), TransformerOf(folder), options),
        Expert("transformer", new(split, facts.Scheduler.NumTrainTimesteps), facts.Component("transformer"), options),
    ];

    static PipelineExpert[] Ensemble(PipelineFolder facts, PipelineOptions options, ExpertManifest manifest)
    {
        manifest.RequireSameProcess(facts.Scheduler);
        return [.. manifest.Experts.Select(expert =>
        {
            if (expert.Kind is not "full")
                throw new InvalidSettingException($"{facts.Path}: kind of expert '{expert.Name}'", expert.Kind, "full");
            return Expert(expert.Name, new(expert.Interval[0], expert.Interval[1]), facts.Component(expert.Weights), options) with
            {
                GuidanceScale = expert.GuidanceScale,
                GuidanceRescale = expert.GuidanceRescale,
            };
        })];
    }

    static PipelineExpert Expert(string name, TimestepInterval interval, ComponentFolder folder, PipelineOptions options) =>
        new(name, interval, new(() => ComponentLoading.Transformer(folder, options)));

    // The other model of a pair is published as a whole folder; its transformer alone will do.
    static ComponentFolder TransformerOf(string path) =>
        File.Exists(Path.Combine(path, ModelFolder.IndexName)) ? ModelFolder.Open(path).Component("transformer") : new ComponentFolder(path);
}
