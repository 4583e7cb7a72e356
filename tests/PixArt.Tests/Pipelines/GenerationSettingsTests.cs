using PixArt.Pipelines;
using PixArt.Text;

namespace PixArt.Tests.Pipelines;

public sealed class GenerationSettingsTests
{
    static readonly GenerationSettings s_settings = new()
    {
        Version = "0.1.0",
        Model = "models/fluent-scenes/",
        Prompt = "A fox, \"red\", left of a träe\n🦊",
        NegativePrompt = "fog",
        Steps = 20,
        GuidanceScale = 4.5,
        Seed = ulong.MaxValue,
        Width = 128,
        Height = 96,
        Scheduler = "dpm++",
        CaptionPreparation = CaptionPreparation.LowerCase,
        MaxSequenceLength = 120,
        DType = "float32",
        Device = "cpu",
    };

    [Fact]
    public void Json_ReadBack_IsTheSame() =>
        Assert.Equal(s_settings, GenerationSettings.FromJson(s_settings.ToJson(), "picture.png"));

    [Fact]
    public void Json_KeepsPromptsReadable() => Assert.Contains("träe", s_settings.ToJson(), StringComparison.Ordinal);

    [Theory]
    [InlineData("null")]
    [InlineData("{\"steps\":\"many\"}")]
    [InlineData("steps")]
    public void FromJson_Unreadable_NamesTheSource(string json)
    {
        var error = Assert.Throws<PixArtException>(() => GenerationSettings.FromJson(json, "picture.png"));
        Assert.StartsWith("picture.png: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ParametersText_IsWhatOtherProgramsRead() => Assert.Equal(
        "A fox, \"red\", left of a träe\n🦊\nNegative prompt: fog\n" +
        "Steps: 20, Sampler: DPM++ 2M, CFG scale: 4.5, Seed: 18446744073709551615, Size: 128x96, " +
        "Model: fluent-scenes, Version: PixArt.NET 0.1.0",
        s_settings.ToParametersText());

    [Fact]
    public void ParametersText_ValuesWithCommas_AreQuoted() => Assert.Contains(
        "Model: \"a, b: c\"", (s_settings with { Model = "x/a, b: c" }).ToParametersText(), StringComparison.Ordinal);
}
