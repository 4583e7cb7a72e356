using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Torch;

namespace PixArt.Tests.Pipelines;

/// <summary>What a request, its pictures and a model folder are refused with, word for word.</summary>
public sealed class RequestMessageTests
{
    static readonly GenerationRequest s_good = new() { Prompts = ["a fox"] };
    static readonly InputPicture s_picture = new(Image.Filled(8, 8, new(1, 2, 3))) { Path = "photo.png" };

    public static TheoryData<string, GenerationRequest> Refused => new()
    {
        { "prompts is 'an empty list', expected at least one prompt", s_good with { Prompts = [] } },
        { "prompt is missing, expected a text, possibly empty", s_good with { Prompts = [null!] } },
        { "steps is 0, expected a whole number from 1 to 1000", s_good with { Steps = 0 } },
        { "guidance scale is NaN, expected a number from 0 to 100", s_good with { GuidanceScale = double.NaN } },
        { "guidance rescale is 2, expected a number from 0 to 1", s_good with { GuidanceRescale = 2 } },
        { "seeds is 'given', expected neither seed nor count beside them", s_good with { Seeds = [1], Seed = 2 } },
        { "denoising end is 1, expected a fraction above 0 and below 1", s_good with { DenoisingEnd = 1 } },
        { "strength is 2, expected a number above 0, to 1", s_good with { Image = s_picture, Strength = 2 } },
        { "strength is 0.5, expected a picture to start from with it", s_good with { Strength = 0.5 } },
        { "mask is 'photo.png', expected a picture to start from with it", s_good with { Mask = s_picture } },
        { "mask is '4x4', expected 8x8, the size of the picture", s_good with { Image = s_picture, Mask = new(Image.Filled(4, 4, new(1, 2, 3))) } },
        { "reference is 'photo.png', expected no picture to start from beside it", s_good with { Image = s_picture, Reference = s_picture } },
        { "control picture is 'given', expected none beside a reference", s_good with { Reference = s_picture, Control = new() { Image = s_picture.Image } } },
        { "control picture is missing, expected a picture", s_good with { Control = new() { Image = null! } } },
        { "control kind is 9, expected Hed, Gradient, Edges, Image", s_good with { Control = new() { Image = s_picture.Image, Kind = (ControlKind)9 } } },
        { "control strength is 3, expected a number from 0 to 2", s_good with { Control = new() { Image = s_picture.Image, Strength = 3 } } },
        { "perturbed attention scale is -1, expected a number from 0 to 100", s_good with { PerturbedAttention = new() { Scale = -1 } } },
        { "style is 'cubist', expected none, cinematic, photographic", s_good with { Style = "cubist" } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_request_out_of_range_is_told(string message, GenerationRequest request)
    {
        var told = Assert.Throws<InvalidSettingException>(request.Validate).Message;
        Assert.StartsWith(message, told, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', told);
    }

    [Fact]
    public void Latents_go_without_a_picture()
    {
        using var latents = Tensor.Zeros([1, 4, 8, 8]);
        Assert.Equal("image is 'photo.png', expected no latents and no denoising start beside it", Assert.Throws<InvalidSettingException>(
            (s_good with { Image = s_picture, Latents = latents }).Validate).Message);
    }

    [Fact]
    public void What_the_model_cannot_do_is_told()
    {
        var model = GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");
        using var latents = Tensor.Zeros([1, 4, 7, 8]);
        string Message(GenerationRequest request) => Assert.Throws<InvalidSettingException>(() => PixArtPipeline.Check(model, null, request)).Message;
        Assert.Equal("latents is '[1, 4, 7, 8]', expected [1, 4, 8, 8]", Message(s_good with { Latents = latents }));
        Assert.Equal(
            "resolution binning is 'on', expected off: there are trained sizes for sample_size 32, 64, 128 and 256, this model has 8",
            Message(s_good with { ResolutionBinning = true }));
        Assert.Equal("captions is 'loud', expected clean, lower_case or raw", Assert.Throws<InvalidSettingException>(() => PixArt.Text.CaptionPreparations.Parse("captions", "loud")).Message);
    }

    [Theory]
    [InlineData("{", "x.png: its settings are not readable as JSON: ")]
    [InlineData("null", "x.png: its settings are 'null', expected a JSON object")]
    public void Settings_that_are_none_are_told(string json, string message) =>
        Assert.StartsWith(message, Assert.Throws<PixArtException>(() => GenerationSettings.FromJson(json, "x.png")).Message, StringComparison.Ordinal);

    // In the configuration of a part, which it answers.
    static string Change(TemporaryFolder folder, string component, string right, string wrong)
    {
        var config = Path.Combine(folder.Path, component, "config.json");
        var text = File.ReadAllText(config);
        Assert.Contains(right, text, StringComparison.Ordinal);
        File.WriteAllText(config, text.Replace(right, wrong, StringComparison.Ordinal));
        return config;
    }

    public static TheoryData<string, string, string, string> Misfits => new()
    {
        { "vae", "\"latent_channels\": 4", "\"latent_channels\": 8", ": in_channels of the transformer is 4, expected latent_channels of the vae, 8" },
        { "text_encoder", "\"d_model\": 24", "\"d_model\": 32", ": caption_channels of the transformer is 24, expected d_model of the text encoder, 32" },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void Parts_that_do_not_fit_each_other_are_told(string component, string right, string wrong, string message)
    {
        using var folder = Copy();
        Change(folder, component, right, wrong);
        Assert.Equal(folder.Path + message, Assert.Throws<InvalidSettingException>(() => PixArtPipeline.Check(folder.Path, null, s_good)).Message);
    }

    [Theory]
    [InlineData("transformer", "\"num_layers\": 2", "\"num_layers\": 0", "num_layers is 0, expected at least 1")]
    [InlineData("vae", "\"latent_channels\": 4", "\"latent_channels\": -4", "latent_channels is -4, expected at least 1")]
    [InlineData("text_encoder", "\"d_model\": 24", "\"d_model\": 0", "d_model is 0, expected at least 1")]
    public void Fields_of_a_models_files_are_told_with_the_file(string component, string right, string wrong, string message)
    {
        using var folder = Copy();
        var config = Change(folder, component, right, wrong);
        Assert.Equal($"{config}: {message}", Assert.Throws<InvalidSettingException>(() => PixArtPipeline.Check(folder.Path, null, s_good)).Message);
    }

    [Fact]
    public void Experts_that_do_not_share_latents_or_a_schedule_are_told()
    {
        using var folder = Copy();
        using var other = Copy();
        var transformer = Path.Combine(other.Path, "transformer", "config.json");
        File.WriteAllText(transformer, File.ReadAllText(transformer).Replace("\"sample_size\": 8", "\"sample_size\": 16", StringComparison.Ordinal));
        string Message(string expert, int? split = null) => Assert.Throws<InvalidSettingException>(
            () => PixArtPipeline.Check(folder.Path, new() { ExpertFolder = expert, Split = split }, s_good)).Message;
        Assert.Equal($"{Path.Combine(other.Path, "transformer")}: sample_size is 16, expected 8, as the first expert has", Message(other.Path));
        Assert.Equal("split is 1000, expected a timestep above 0 and below 1000", Message(folder.Path, split: 1000));
        Assert.Equal("split is 300, expected a second expert's folder with it", Assert.Throws<InvalidSettingException>(
            () => PixArtPipeline.Check(folder.Path, new() { Split = 300 }, s_good)).Message);
        var scheduler = Path.Combine(other.Path, "scheduler", "scheduler_config.json");
        File.WriteAllText(scheduler, """{"_class_name": "DPMSolverMultistepScheduler", "beta_end": 0.012}""");
        Assert.EndsWith(": beta_end is 0.012, expected 0.02, as the first model's scheduler has: experts share one noise schedule", Message(other.Path), StringComparison.Ordinal);
    }

    static TemporaryFolder Copy()
    {
        var model = GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");
        var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(model, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder.Path, Path.GetRelativePath(model, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return folder;
    }
}
