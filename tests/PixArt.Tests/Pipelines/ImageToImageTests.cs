using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Torch;

namespace PixArt.Tests.Pipelines;

/// <summary>Pictures from pictures, on the recorded tiny pipeline.</summary>
public sealed class ImageToImageTests
{
    static readonly InputPicture s_photo = new(Gradient(16, 16));
    static readonly GenerationRequest s_request = new() { Prompts = ["a fox"], Steps = 5, Seed = 5 };

    static string Folder => GoldenSet.Open().PathOf(
        GoldenSet.Open().Entries.First(e => e.IsFolder && e.Name.StartsWith("pipelines/", StringComparison.Ordinal)).Name);

    [Fact]
    public async Task At_strength_one_the_picture_is_that_of_the_text_alone()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        using var text = await pipeline.SampleAsync(s_request);
        using var image = await pipeline.SampleAsync(s_request with { Image = s_photo, Strength = 1 });
        Assert.Equal(text.ToArray<float>(), image.ToArray<float>());
    }

    [Fact]
    public async Task The_weaker_the_nearer_to_the_picture()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var distances = new List<double>();
        foreach (var strength in new[] { 0.2, 0.6, 1 })
        {
            var made = await pipeline.GenerateAsync(s_request with { Image = s_photo, Strength = strength });
            var same = await pipeline.GenerateAsync(s_request with { Image = s_photo, Strength = strength });
            Assert.Equal(made[0].Image.Pixels, same[0].Image.Pixels);
            using var start = await EncodedAsync(s_photo.Image);
            using var latents = await pipeline.SampleAsync(s_request with { Image = s_photo, Strength = strength });
            using var difference = latents - start;
            using var norm = difference.Norm();
            distances.Add(norm.ToArray<float>()[0]);
        }
        Assert.Equal(distances.Order(), distances);
    }

    [Fact]
    public async Task The_steps_are_diffusers_share_and_the_progress_tells_them()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var stages = new List<PipelineProgress>();
        await pipeline.GenerateAsync(s_request with { Image = s_photo, Strength = 0.6 }, new Collect(stages));
        Assert.Equal(3, stages.Last(s => s.Stage == PipelineStage.Sampling).Total);
        Assert.Equal(2, stages.Count(s => s.Stage == PipelineStage.EncodingPicture));
    }

    [Fact]
    public async Task Latents_under_the_dark_mask_are_the_picture_s_own()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        using var whole = await pipeline.SampleAsync(s_request with { Image = s_photo, Mask = HalfMask(white: false), Strength = 1 });
        using var half = await pipeline.SampleAsync(s_request with { Image = s_photo, Mask = HalfMask(), Strength = 1 });
        using var other = await pipeline.SampleAsync(s_request with { Image = s_photo, Mask = HalfMask(), Strength = 0.6, Prompts = ["a tree"] });
        var left = whole.Size(3) / 2;
        // All kept: the seed's draw of the picture's latents, whatever was sampled; the kept half has it in every run.
        Assert.Equal(Left(whole), Left(half));
        Assert.Equal(Left(whole), Left(other));
        Assert.NotEqual(whole.ToArray<float>(), half.ToArray<float>());

        float[] Left(Tensor t)
        {
            using var part = t.Narrow(3, 0, left);
            return part.ToArray<float>();
        }
    }

    [Fact]
    public async Task A_batch_gives_the_pictures_of_single_runs()
    {
        using var leak = new LeakCheck();
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var request = s_request with { Image = s_photo, Mask = HalfMask(), Strength = 0.7, Count = 3 };
        using var singles = await pipeline.SampleAsync(request);
        using var batch = await pipeline.SampleAsync(request with { BatchSize = 3 });
        Close.Assert(singles, batch, 1e-4, "batch of three");
        using var last = await pipeline.SampleAsync(request with { Seed = 7, Count = 1 });
        using var third = singles.Narrow(0, 2, 1);
        Assert.Equal(last.ToArray<float>(), third.ToArray<float>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Beside_a_reference_the_right_half_is_the_picture(bool guided)
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var request = s_request with { Reference = s_photo, Width = 16, Height = 16, ResolutionBinning = false, GuidanceScale = guided ? 4.5 : 1 };
        var made = await pipeline.GenerateAsync(request);
        Assert.Equal((16, 16), (made[0].Image.Width, made[0].Image.Height));
        using var canvas = await pipeline.SampleAsync(request);
        Assert.Equal(2 * canvas.Size(2), canvas.Size(3));
        var other = await pipeline.GenerateAsync(request with { Reference = new(Image.Filled(16, 16, Rgb.Black)) });
        Assert.NotEqual(made[0].Image.Pixels, other[0].Image.Pixels);
    }

    [Fact]
    public async Task Runs_with_pictures_leave_no_tensors_even_when_cancelled()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var request = s_request with { Image = s_photo, Mask = HalfMask(), Strength = 0.8 };
        await pipeline.GenerateAsync(request);
        await pipeline.GenerateAsync(request with { Image = null, Mask = null, Strength = null, Reference = s_photo });
        using var leak = new LeakCheck();
        await pipeline.GenerateAsync(request);
        await pipeline.GenerateAsync(request with { Image = null, Mask = null, Strength = null, Reference = s_photo });
        using var source = new CancellationTokenSource();
        var progress = new Collect([], report =>
        {
            if (report is { Stage: PipelineStage.Sampling, Done: 2 }) source.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.GenerateAsync(request with { Image = null, Mask = null, Reference = s_photo }, progress, source.Token));
    }

    [Theory]
    [InlineData(32, 16, null, null, 24, 12)] // the shape lends itself, at about the model's pixels
    [InlineData(32, 16, 16, 16, 16, 16)]
    public async Task The_picture_lends_its_shape_where_no_size_is_said(int width, int height, int? askedWidth, int? askedHeight, int madeWidth, int madeHeight)
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var made = await pipeline.GenerateAsync(s_request with
        {
            Image = new(Gradient(width, height)),
            Width = askedWidth,
            Height = askedHeight,
            ResolutionBinning = false,
        });
        Assert.Equal((madeWidth, madeHeight), (made[0].Image.Width, made[0].Image.Height));
    }

    public static TheoryData<string, GenerationRequest> Bad => new()
    {
        { "strength is 0.5, expected a picture to start from with it", s_request with { Strength = 0.5 } },
        { "strength is 0, expected a number above 0, to 1", s_request with { Image = s_photo, Strength = 0 } },
        { "strength is 1.1, expected a number above 0, to 1", s_request with { Image = s_photo, Strength = 1.1 } },
        { "strength is NaN, expected a number above 0, to 1", s_request with { Image = s_photo, Strength = double.NaN } },
        { "strength is 0.1, expected 0.2 or more, at 5 steps", s_request with { Image = s_photo, Strength = 0.1 } }, // no step of five
        { "strength is 0.4, expected more, so that steps are left before denoising end", s_request with { Image = s_photo, Strength = 0.4, DenoisingEnd = 0.3 } },
        { "mask is 'given', expected a picture to start from with it", s_request with { Mask = s_photo } },
        { "mask is '8x16', expected 16x16, the size of the picture", s_request with { Image = s_photo, Mask = new(Gradient(8, 16)) } },
        { "reference is 'given', expected no picture to start from beside it", s_request with { Image = s_photo, Reference = s_photo } },
        { "aspect ratio is 0, expected a number from 0.05 to 20", s_request with { AspectRatio = 0 } },
        { "begin index is 9, expected 0, or 12 and above, after the warm-up", s_request with { Image = s_photo, Strength = 0.4, Scheduler = "pndm" } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_cannot_be_done_is_refused_before_any_work(string message, GenerationRequest request)
    {
        var error = Assert.Throws<InvalidSettingException>(() => PixArtPipeline.Check(Folder, null, request));
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void A_picture_beside_latents_is_refused()
    {
        using var leak = new LeakCheck();
        using var latents = Tensor.Zeros([1]);
        var error = Assert.Throws<InvalidSettingException>((s_request with { Image = s_photo, Latents = latents }).Validate);
        Assert.Equal("image is 'given', expected no latents and no denoising start beside it", error.Message);
    }

    // The mean of the picture's latents.
    static async Task<Tensor> EncodedAsync(Image image)
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var all = new InputPicture(Image.Filled(image.Width, image.Height, Rgb.Black));
        return await pipeline.SampleAsync(s_request with { Image = new(image), Mask = all, Strength = 1 });
    }

    // White at the right.
    static InputPicture HalfMask(bool white = true)
    {
        var mask = Image.Filled(16, 16, Rgb.Black);
        for (var i = 0; white && i < 256; i++)
            if (i % 16 >= 8) mask.Pixels.AsSpan(3 * i, 3).Fill(255);
        return new(mask);
    }

    static Image Gradient(int width, int height)
    {
        var image = Image.Filled(width, height, Rgb.White);
        for (var i = 0; i < image.Pixels.Length; i++) image.Pixels[i] = (byte)(i * 7 % 256);
        return image;
    }

    sealed class Collect(List<PipelineProgress> all, Action<PipelineProgress>? also = null) : IProgress<PipelineProgress>
    {
        public void Report(PipelineProgress value)
        {
            all.Add(value);
            also?.Invoke(value);
        }
    }
}
