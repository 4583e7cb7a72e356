using System.Text.Json;
using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Tests.Diffusion;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Pipelines;

/// <summary>One case of a recorded pipeline: its models, its text features, its plan.</summary>
sealed class PipelineGolden : IDisposable
{
    readonly string _case;
    readonly string _textOf;
    readonly List<IDisposable> _owned = [];

    public PipelineGolden(string entry, string name)
    {
        Golden = GoldenSet.Open().Load(entry);
        _case = name;
        Json = Golden.Case(name);
        _textOf = Json.Optional("embeds_from")?.GetString() ?? "shared";
        Scheduler = SchedulerConfig.Parse(
            JsonObject.Create(Json.GetProperty("scheduler_config"))!, Json.GetProperty("scheduler").GetString());
        Autoencoder = Own(new AutoencoderKL(
            AutoencoderKLConfig.Read(Config("vae_config")), Golden.Store("w/vae/")));
    }

    public Golden Golden { get; }

    public JsonElement Json { get; }

    public SchedulerConfig Scheduler { get; }

    public AutoencoderKL Autoencoder { get; }

    /// <summary>Whether the run was recorded with SA-Solver's noise turned off.</summary>
    public bool HasSilentNoise => Json.Optional("note")?.GetString()?.Contains("tau_func = 0", StringComparison.Ordinal) == true;

    /// <summary>The case's own tensor, or the one all cases share.</summary>
    public string NameOf(string tensor) => Golden.Has($"{_case}/{tensor}") ? $"{_case}/{tensor}" : $"{_textOf}/{tensor}";

    public bool Has(string tensor) => Golden.Has(NameOf(tensor));

    public Tensor Tensor(string tensor) => Own(Golden.Tensor(NameOf(tensor)));

    public PipelineExpert Expert(string name = "transformer", TimestepInterval? interval = null) => new(
        name, interval ?? new(0, Scheduler.NumTrainTimesteps),
        Own(new Component<PixArtTransformer>(() => new(
            PixArtTransformerConfig.Read(Config("transformer_config")), Golden.Store($"w/{name}/")))));

    /// <summary>The request as the pipeline would plan it, with the recorded sampler.</summary>
    public GenerationPlan Plan(GenerationRequest request)
    {
        var facts = new PipelineFolder
        {
            Path = Golden.Name,
            Name = Golden.Name,
            Places = new PartPlaces(Golden.Name, manifest: null, downloaded: null),
            Kind = Json.Optional("pipeline")?.GetString() is "PixArtSigmaPipeline" ? PipelineKind.Sigma : PipelineKind.Alpha,
            Transformer = PixArtTransformerConfig.Read(Config("transformer_config")),
            TextEncoder = new T5EncoderConfig(),
            Autoencoder = Autoencoder.Config,
            Scheduler = Scheduler,
            MaxSequenceLength = 120,
        };
        var plan = GenerationPlan.Create(request, facts);
        return HasSilentNoise
            ? plan with { Sampler = Samplers.Create(Scheduler, new SamplerOptions { Steps = request.Steps, Tau = _ => 0 }) }
            : plan;
    }

    /// <summary>Recorded features, one caption a picture.</summary>
    public Conditioning Conditioning(GenerationPlan plan, int copies = 1) => new(
        Captions("", copies), plan.IsGuided ? Captions("negative_", copies) : null, plan.GuidanceScale,
        plan.SampledSize.Height, plan.SampledSize.Width);

    public void Dispose()
    {
        foreach (var owned in _owned) owned.Dispose();
        Golden.Dispose();
    }

    TextFeatures[] Captions(string kind, int copies)
    {
        var features = Own(Golden.Tensor($"{_textOf}/in/{kind}prompt_embeds"));
        var mask = Own(Golden.Tensor($"{_textOf}/in/{kind}prompt_attention_mask"));
        return [.. Enumerable.Range(0, (int)features.Size(0) * copies)
            .Select(i => Own(new TextFeatures(features.Narrow(0, i / copies, 1), mask.Narrow(0, i / copies, 1))))];
    }

    ConfigJson Config(string name) => ConfigJson.Parse(Golden.Json.GetProperty(name).GetRawText(), $"{Golden.Name} {name}");

    T Own<T>(T made)
        where T : IDisposable
    {
        _owned.Add(made);
        return made;
    }
}
