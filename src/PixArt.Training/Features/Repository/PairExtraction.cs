using System.Text.Json.Nodes;
using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Features.Repository;

/// <summary>Lets a teacher make a picture of each caption, and writes its latents and the noise that it began from into the repositories' files of DMD. Files
/// that are there and whole are left as they are. The noise of a sample depends on its number alone.</summary>
/// <param name="recipe">What to do; its teacher is set.</param>
/// <param name="set">The captions.</param>
/// <param name="paths">Where latents and noise go.</param>
sealed class PairExtraction(FeatureRecipe recipe, IPictureSet set, FeaturePaths paths)
{
    TeacherRecipe Teacher => recipe.Teacher!;

    /// <summary>Makes a rank's share.</summary>
    public void Run(int rank, int world, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        var autoencoder = new ComponentFolder(ModelFolder.Open(Teacher.Model).Component("vae").Path).Config().As(AutoencoderKLConfig.Read);
        var side = recipe.Resolution / autoencoder.DownsampleFactor;
        long[] shape = [autoencoder.LatentChannels, side, side];
        var options = new PipelineOptions { Device = Device.Parse(recipe.Device), DType = recipe.Precision.Small() };
        PixArtPipeline.Check(Teacher.Model, options, Request([""]));
        FeatureSettings.Claim(Path.Combine(paths.Root, "pixart-pairs.json"), Settings());

        var told = new FeatureProgress(progress, "making the teacher's pictures");
        var mine = Enumerable.Range(0, set.Count).Where(i => i % world == rank && set.TextOf(i).Short is not null).ToArray();
        var pending = mine.AsParallel().AsOrdered().Where(i => !IsThere(i, shape)).ToArray();
        var done = mine.Length - pending.Length;
        told.Report((done, mine.Length));
        if (pending.Length == 0) return;
        using var pipeline = PixArtPipeline.LoadAsync(Teacher.Model, options, cancellation: cancel).GetAwaiter().GetResult();
        foreach (var batch in pending.Chunk(recipe.BatchSize))
        {
            Make(pipeline, batch, shape, cancel);
            told.Report((done += batch.Length, mine.Length));
        }
    }

    void Make(PixArtPipeline pipeline, int[] batch, long[] shape, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var noise = Tensor.Cat([.. batch.Select(index => Noise(index, shape))], 0);
        var request = Request([.. batch.Select(index => set.TextOf(index).Short!)]) with { Latents = noise, BatchSize = batch.Length };
        using var made = pipeline.SampleAsync(request, cancellation: cancel).GetAwaiter().GetResult();
        var (from, to) = (noise.ToArray<float>(), made.Cpu().ToArray<float>());
        var each = from.Length / batch.Length;
        ParallelLoop.Run(batch.Length, i =>
        {
            var name = set.NameOf(batch[i]);
            NumpyFile.Write(paths.Noise(name), NumpyArray.From<float>(from.AsSpan(i * each, each), shape));
            NumpyFile.Write(paths.Latents(name), NumpyArray.From<float>(to.AsSpan(i * each, each), shape));
        });
    }

    Tensor Noise(int index, long[] shape)
    {
        using var generator = new RandomKey(Teacher.Seed, RandomPurpose.Noise, index).Generator();
        return Tensor.Randn([1, .. shape], generator);
    }

    GenerationRequest Request(IReadOnlyList<string> prompts) => new()
    {
        Prompts = prompts,
        Steps = Teacher.Steps,
        GuidanceScale = Teacher.Guidance,
        Width = recipe.Resolution,
        Height = recipe.Resolution,
        ResolutionBinning = false,
        CaptionPreparation = recipe.Data.Captions,
        MaxSequenceLength = recipe.MaxTokens,
        Seed = Teacher.Seed,
    };

    JsonObject Settings() => new()
    {
        ["resolution"] = recipe.Resolution,
        ["captions"] = recipe.Data.Captions.ToString(),
        ["precision"] = recipe.Precision.ToString(),
        ["steps"] = Teacher.Steps,
        ["guidance"] = Teacher.Guidance,
        ["seed"] = Teacher.Seed,
        ["transformers"] = new JsonArray([.. NewModel.Transformers(Teacher.Model).Select(name => (JsonNode)HashOf(name))]),
    };

    // An expert may also be a file, or a model of the hub.
    string HashOf(string weights)
    {
        var path = Path.Combine(Teacher.Model, weights);
        return Directory.Exists(path) ? ComponentHash.Of(path) : File.Exists(path) ? ComponentHash.OfFile(path) : weights;
    }

    bool IsThere(int index, long[] shape)
    {
        try
        {
            var name = set.NameOf(index);
            return FeatureFiles.LatentShape(paths.Latents(name), parts: 1).SequenceEqual(shape) && FeatureFiles.LatentShape(paths.Noise(name), parts: 1).SequenceEqual(shape);
        }
        catch (PixArtException)
        {
            return false;
        }
    }
}
