using System.Text.Json;
using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Training.Checkpoints;
using PixArt.Training.Objectives;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Gathers components into a pipeline folder: <c>model_index.json</c>, the component folders, the scheduler, and for
/// an ensemble <c>experts.json</c>.</summary>
static class PipelineAssembly
{
    static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static void Run(PipelineRecipe recipe)
    {
        var experts = recipe.Transformers.Select(folder => (Folder: folder, Facts: ExpertInterval.Read(folder)))
            .OrderByDescending(expert => expert.Facts.Low).ToArray();
        var prediction = experts[0].Facts.Prediction;
        if (experts.FirstOrDefault(e => e.Facts.Prediction != prediction) is { Folder: not null } other)
            throw new InvalidSettingException("transformers", other.Folder, $"transformers that all predict {prediction}");

        foreach (var file in Directory.GetFiles(recipe.Tokenizer)) CopyWhole(file, Path.Combine(recipe.Output, "tokenizer"));
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        ComponentWriter.Convert(recipe.TextEncoder, Path.Combine(recipe.Output, "text_encoder"), ComponentWriter.Transformers, recipe.Weights);
        ComponentWriter.Convert(recipe.Autoencoder, Path.Combine(recipe.Output, "vae"), ComponentWriter.Diffusers, recipe.Weights);
        foreach (var (folder, facts) in experts)
            hashes[folder] = ComponentWriter.Convert(
                folder, Path.Combine(recipe.Output, NameOf(facts)), ComponentWriter.Diffusers, recipe.Weights);

        var scheduler = Scheduler(recipe, prediction);
        Write(recipe.Output, "scheduler/scheduler_config.json", scheduler.ToJsonText());
        Write(recipe.Output, ModelFolder.IndexName, Index().ToJsonString(s_indented) + "\n");
        WriteExperts(recipe.Output, experts, hashes, scheduler);
    }

    /// <summary>The noisiest expert takes the name that every reader knows.</summary>
    static string NameOf(ExpertInterval facts) => facts.High == 1000 ? "transformer" : $"transformer_t{facts.Low}-{facts.High - 1}";

    static SchedulerConfig Scheduler(PipelineRecipe recipe, PredictionTarget prediction)
    {
        var fields = (JsonObject)recipe.Scheduler.DeepClone();
        fields["prediction_type"] = prediction switch
        {
            PredictionTarget.Velocity => "v_prediction",
            PredictionTarget.Sample => "sample",
            _ => "epsilon",
        };
        return SchedulerConfig.Parse(fields, "DPMSolverMultistepScheduler").Validated();
    }

    static void WriteExperts(
        string output, (string Folder, ExpertInterval Facts)[] experts, Dictionary<string, string> hashes, SchedulerConfig scheduler)
    {
        var path = Path.Combine(output, ExpertManifest.FileName);
        if (experts is [{ Facts: { Low: 0, High: 1000 } }])
        {
            File.Delete(path);
            return;
        }

        new ExpertManifest
        {
            PredictionType = scheduler.PredictionType,
            Experts = [.. experts.Select(expert => new ManifestExpert
            {
                Name = $"t{expert.Facts.Low}-{expert.Facts.High - 1}", Interval = [expert.Facts.Low, expert.Facts.High],
                Weights = NameOf(expert.Facts), Sha256 = hashes[expert.Folder],
                Training = new JsonObject { ["steps"] = expert.Facts.Step },
            })],
        }.Validated().Write(path);
    }

    static JsonObject Index() => new()
    {
        ["_class_name"] = "PixArtAlphaPipeline",
        ["_diffusers_version"] = "0.30.0",
        ["scheduler"] = new JsonArray("diffusers", "DPMSolverMultistepScheduler"),
        ["text_encoder"] = new JsonArray("transformers", "T5EncoderModel"),
        ["tokenizer"] = new JsonArray("transformers", "T5Tokenizer"),
        ["transformer"] = new JsonArray("diffusers", "PixArtTransformer2DModel"),
        ["vae"] = new JsonArray("diffusers", "AutoencoderKL"),
    };

    static void Write(string output, string name, string text)
    {
        var path = Path.Combine(output, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.WriteText(path, text);
    }

    static void CopyWhole(string file, string folder)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, Path.GetFileName(file)), File.ReadAllBytes(file));
    }
}
