using PixArt.Pipelines;
using PixArt.Text;
using PixArt.Torch;

namespace PixArt.Tests.Pipelines;

public sealed class PromptCacheTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public PromptCacheTests() => Copy(
        GoldenSet.Open().PathOf(GoldenSet.Open().Entries.First(e => e.IsFolder && e.Name.StartsWith("pipelines/", StringComparison.Ordinal)).Name), Model);

    public void Dispose() => _folder.Dispose();

    string Model => _folder["model"];

    string Cache => _folder["cache"];

    string Encoder => Path.Combine(Model, "text_encoder", "model.safetensors");

    PipelineOptions Options => new() { PromptCacheFolder = Cache };

    static readonly GenerationRequest s_request = new() { Prompts = ["a fox", "a tree"], NegativePrompt = "fog", Steps = 2, Seed = 5 };

    async Task<byte[][]> PicturesAsync(PipelineOptions options, GenerationRequest? request = null)
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Model, options);
        return [.. (await pipeline.GenerateAsync(request ?? s_request)).Select(picture => picture.Image.Pixels.ToArray())];
    }

    [Fact]
    public async Task A_second_run_skips_the_text_encoder_and_gives_the_same_pictures()
    {
        var expected = await PicturesAsync(new());
        Assert.Equal(expected, await PicturesAsync(Options));
        Assert.Equal(3, Directory.GetFiles(Cache).Length);
        // With the weights gone, whoever asks for the text encoder fails.
        using var pipeline = await PixArtPipeline.LoadAsync(Model, Options);
        await pipeline.GenerateAsync(s_request with { Steps = 1 });
        File.Delete(Encoder);
        var loaded = new List<PipelineProgress>();
        using var leak = new LeakCheck();
        var again = await pipeline.GenerateAsync(s_request, new Log(loaded));
        Assert.Equal(expected, again.Select(picture => picture.Image.Pixels.ToArray()));
        Assert.Equal([(0, 3), (3, 3)], loaded.Where(p => p.Stage == PipelineStage.EncodingText).Select(p => (p.Done, p.Total)));
    }

    [Fact]
    public void What_a_text_depends_on_is_in_its_name()
    {
        using var features = new TextFeatures(Tensor.Ones([1, 2, PipelineFolder.Read(Model).TextEncoder.DModel]), Tensor.Ones([1, 2], ScalarType.Int64));
        PromptCache Open(PipelineOptions? options = null) => new(PipelineFolder.Read(Model), options ?? Options);
        Open().Add("a fox", 120, CaptionPreparation.Clean, features);
        bool Knows(PromptCache cache, string text, int length, CaptionPreparation preparation)
        {
            using var found = cache.Find(text, length, preparation);
            return found is not null;
        }
        Assert.True(Knows(Open(), "a fox", 120, CaptionPreparation.Clean));
        Assert.False(Knows(Open(), "a dog", 120, CaptionPreparation.Clean));
        Assert.False(Knows(Open(), "a fox", 300, CaptionPreparation.Clean));
        Assert.False(Knows(Open(), "a fox", 120, CaptionPreparation.Raw));
        Assert.True(Knows(Open(Options with { DType = ScalarType.Float32 }), "a fox", 120, CaptionPreparation.Clean)); // what is computed in anyway
        Assert.False(Knows(Open(Options with { DType = ScalarType.BFloat16 }), "a fox", 120, CaptionPreparation.Clean));
        File.AppendAllText(Path.Combine(Model, "tokenizer", "special_tokens_map.json"), " ");
        Assert.False(Knows(Open(), "a fox", 120, CaptionPreparation.Clean));
    }

    [Theory]
    [InlineData("encoder.block.0.layer.0.SelfAttention.q.weight")]
    [InlineData("encoder.final_layer_norm.weight")]
    [InlineData("shared.weight")]
    public void Other_weights_are_another_text_encoder(string tensor)
    {
        using var features = new TextFeatures(Tensor.Ones([1, 2, PipelineFolder.Read(Model).TextEncoder.DModel]), Tensor.Ones([1, 2], ScalarType.Int64));
        new PromptCache(PipelineFolder.Read(Model), Options).Add("a fox", 120, CaptionPreparation.Clean, features);
        var bytes = File.ReadAllBytes(Encoder);
        using (var file = PixArt.Weights.WeightsFile.Open(Encoder)) bytes[file[tensor].Offset] ^= 1;
        File.Delete(Encoder);
        File.WriteAllBytes(Encoder, bytes);
        Assert.Null(new PromptCache(PipelineFolder.Read(Model), Options).Find("a fox", 120, CaptionPreparation.Clean));
    }

    [Fact]
    public async Task A_damaged_file_is_made_again()
    {
        var expected = await PicturesAsync(Options);
        foreach (var file in Directory.GetFiles(Cache)) File.WriteAllText(file, "damaged");
        using var leak = new LeakCheck();
        Assert.Equal(expected, await PicturesAsync(Options));
        Assert.All(Directory.GetFiles(Cache), file => Assert.True(new FileInfo(file).Length > 100));
    }

    [Fact]
    public async Task A_folder_that_may_not_be_written_does_no_harm()
    {
        File.WriteAllText(Cache, "a file is in the way");
        Assert.Equal(await PicturesAsync(new()), await PicturesAsync(Options));
    }

    [Fact]
    public void What_was_used_longest_ago_goes_when_there_are_too_many_bytes()
    {
        using var features = new TextFeatures(Tensor.Ones([1, 2, PipelineFolder.Read(Model).TextEncoder.DModel]), Tensor.Ones([1, 2], ScalarType.Int64));
        var cache = new PromptCache(PipelineFolder.Read(Model), Options);
        foreach (var (text, age) in (ReadOnlySpan<(string, int)>)[("oldest", 30), ("older", 20), ("old", 10)])
        {
            var before = Directory.Exists(Cache) ? Directory.GetFiles(Cache) : [];
            cache.Add(text, 120, CaptionPreparation.Raw, features);
            File.SetLastWriteTimeUtc(Directory.GetFiles(Cache).Except(before, StringComparer.Ordinal).Single(), DateTime.UtcNow.AddMinutes(-age));
        }
        cache.Find("oldest", 120, CaptionPreparation.Raw)!.Dispose(); // used again
        var size = new FileInfo(Directory.GetFiles(Cache)[0]).Length;
        new PromptCache(PipelineFolder.Read(Model), Options with { PromptCacheLimit = (size * 2) + 10 }).Add("new", 120, CaptionPreparation.Raw, features);
        bool Knows(string text)
        {
            using var found = cache.Find(text, 120, CaptionPreparation.Raw);
            return found is not null;
        }
        Assert.Equal([true, false, false, true], [Knows("oldest"), Knows("older"), Knows("old"), Knows("new")]);
    }

    static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    sealed class Log(List<PipelineProgress> reports) : IProgress<PipelineProgress>
    {
        public void Report(PipelineProgress value) => reports.Add(value);
    }
}
