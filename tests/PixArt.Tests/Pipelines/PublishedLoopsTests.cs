using PixArt.Diffusion;
using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Text;
using PixArt.Torch;

namespace PixArt.Tests.Pipelines;

/// <summary>The pipeline against PixArt-α's inpainting and reference pipelines, written out here step by step.</summary>
public sealed class PublishedLoopsTests
{
    const ulong Seed = 11;
    static readonly GenerationRequest s_request = new()
    {
        Prompts = ["a fox"],
        NegativePrompt = "fog",
        Steps = 5,
        Seed = Seed,
        Width = 16,
        Height = 16,
        ResolutionBinning = false,
        GuidanceScale = 4.5,
    };

    [Theory]
    [InlineData(1, "dpm++")]
    [InlineData(0.6, "dpm++")]
    [InlineData(0.79, "ddim")]
    [InlineData(0.4, "ddpm")]
    public async Task Inpainting_is_the_published_loop(double strength, string scheduler)
    {
        var (photo, mask) = (Photo(16), Image.Filled(16, 16, Rgb.Black));
        for (var i = 0; i < 256; i++)
            if (i % 16 > 5 && i / 16 < 12) mask.Pixels.AsSpan(3 * i, 3).Fill(255);
        await CompareAsync(
            s_request with { Image = new(photo), Mask = new(mask), Strength = strength, Scheduler = scheduler }, photo,
            // Of two pixels, the first speaks for a latent.
            (row, column) => 2 * column > 5 && 2 * row < 12, strength);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.6)]
    public async Task A_reference_is_the_published_loop(double strength)
    {
        var photo = Photo(16);
        var canvas = Image.Filled(32, 16, Rgb.White);
        for (var row = 0; row < 16; row++) photo.Pixels.AsSpan(row * 48, 48).CopyTo(canvas.Pixels.AsSpan(row * 96));
        await CompareAsync(s_request with { Reference = new(photo), Strength = strength }, canvas, (_, column) => column >= 8, strength);
    }

    static async Task CompareAsync(GenerationRequest request, Image start, Func<int, int, bool> repaint, double strength)
    {
        using var leak = new LeakCheck();
        using var models = new PipelineModels(PipelineFolder.Read(GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder")), new());
        var plan = GenerationPlan.Create(request, models.Facts);
        using var ours = await Task.Run(() => new PipelineRun(models, plan, null, CancellationToken.None).Latents());
        using var published = Published(models, plan, start, repaint, strength);
        Close.Assert(published, ours, 1e-5, $"{request.Scheduler} at {strength}");
    }

    static Tensor Published(PipelineModels models, GenerationPlan plan, Image start, Func<int, int, bool> repaint, double strength)
    {
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(Seed);
        var (height, width) = (start.Height / 2, start.Width / 2);
        long[] shape = [1, 4, height, width];
        using var moments = models.Autoencoder.Get(default).Encode(ImageTensors.ToTensor(start));
        var original = (moments.Mean + moments.StandardDeviation() * Tensor.Randn(shape, generator)) * 0.18215;
        var noise = Tensor.Randn(shape, generator);
        var mask = Tensor.FromArray(
            [.. Enumerable.Range(0, height * width).Select(i => repaint(i / width, i % width) ? 1f : 0f)], 1, 1, height, width);

        var schedule = NoiseSchedule.From(models.Facts.Scheduler);
        var times = plan.Sampler.Timesteps;
        var first = times.Count - Math.Min((int)(times.Count * strength), times.Count);
        var latents = strength < 1 ? schedule.AddNoise(original, noise, [(long)times[first]]) : noise;
        var transformer = models.Experts[0].Transformer.Get(default);
        var prompts = models.Text.Get(default).Encode(["fog", "a fox"], 120, CaptionPreparation.Clean, default).SelectMany(some => some).ToArray();
        using var negative = prompts[0];
        using var positive = prompts[1];
        var text = TextFeatures.Join(prompts);
        using var captions = transformer.EncodeCaptions(text.Embeddings, text.Mask);
        using var state = plan.Sampler.Begin(first);
        var pair = Tensor.Cat([latents, latents]);
        for (var i = first; i < times.Count; i++)
        {
            var both = transformer.Forward(pair, Tensor.FromArray([(float)times[i]], 1), captions).Chunk(2);
            var guided = (both[0] + (both[1] - both[0]) * 4.5).Narrow(1, 0, plan.Sampler.UsesLearnedVariance ? 8 : 4);
            var (previous, _) = plan.Sampler.Step(state, guided, i, latents, new GeneratorNoise(generator));
            var known = i < times.Count - 1 ? schedule.AddNoise(original, noise, [(long)times[i + 1]]) : original;
            latents = (1 - mask) * known + mask * previous;
            pair = Tensor.Cat([plan.Request.Reference is null ? latents : previous, latents]);
        }
        return scope.Keep(latents);
    }

    static Image Photo(int side)
    {
        var image = Image.Filled(side, side, Rgb.White);
        for (var i = 0; i < image.Pixels.Length; i++) image.Pixels[i] = (byte)(i * 7 % 256);
        return image;
    }
}
