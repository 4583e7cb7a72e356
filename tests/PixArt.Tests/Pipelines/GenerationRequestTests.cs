using PixArt.Pipelines;

namespace PixArt.Tests.Pipelines;

public sealed class GenerationRequestTests
{
    static readonly GenerationRequest s_good = new() { Prompts = ["a fox"] };

    public static TheoryData<string, GenerationRequest> Bad => new()
    {
        { "prompts", s_good with { Prompts = [] } },
        { "prompt", s_good with { Prompts = ["a", new string('x', 1 << 20)] } },
        { "negative prompt", s_good with { NegativePrompt = new string('x', 1 << 20) } },
        { "steps", s_good with { Steps = 0 } },
        { "steps", s_good with { Steps = 1001 } },
        { "count", s_good with { Count = 0 } },
        { "batch size", s_good with { BatchSize = 0 } },
        { "width", s_good with { Width = 0 } },
        { "height", s_good with { Height = -8 } },
        { "max sequence length", s_good with { MaxSequenceLength = 0 } },
        { "guidance scale", s_good with { GuidanceScale = double.NaN } },
        { "guidance scale", s_good with { GuidanceScale = double.PositiveInfinity } },
        { "guidance scale", s_good with { GuidanceScale = -1 } },
        { "eta", s_good with { Eta = 1.5 } },
        { "denoising start", s_good with { DenoisingStart = 1 } },
        { "denoising end", s_good with { DenoisingEnd = 0 } },
        { "denoising start", s_good with { DenoisingStart = 0.6, DenoisingEnd = 0.6 } },
        { "latents", s_good with { DenoisingStart = 0.6 } },
        { "timesteps", s_good with { Timesteps = [] } },
    };

    [Fact]
    public void Defaults_are_valid() => Assert.Same(s_good, s_good.Validate());

    [Theory]
    [MemberData(nameof(Bad))]
    public void Validate_ValueOutOfRange_NamesTheField(string field, GenerationRequest request)
    {
        var error = Assert.Throws<InvalidSettingException>(request.Validate);
        Assert.Equal(field, error.Field);
        Assert.True(error.Message.Length < 300, error.Message);
    }
}
