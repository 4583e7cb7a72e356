using PixArt.Pipelines;

namespace PixArt.Tests.Pipelines;

public sealed class GenerationRequestTests
{
    static readonly GenerationRequest s_good = new() { Prompts = ["a fox"] };

    public static TheoryData<string, GenerationRequest> Bad => new()
    {
        { "prompts is 'an empty list', expected at least one prompt", s_good with { Prompts = [] } },
        { "prompt is 'xxx", s_good with { Prompts = ["a", new string('x', 1 << 20)] } },
        { "negative prompt is 'xxx", s_good with { NegativePrompt = new string('x', 1 << 20) } },
        { "steps is 0, expected a whole number from 1 to 1000", s_good with { Steps = 0 } },
        { "steps is 1001, expected a whole number from 1 to 1000", s_good with { Steps = 1001 } },
        { "count is 0, expected a whole number from 1 to 1000", s_good with { Count = 0 } },
        { "batch size is 0, expected a whole number from 1 to 256", s_good with { BatchSize = 0 } },
        { "width is 0, expected a whole number from 1 to 16384", s_good with { Width = 0 } },
        { "height is -8, expected a whole number from 1 to 16384", s_good with { Height = -8 } },
        { "max sequence length is 0, expected a whole number from 1 to 1024", s_good with { MaxSequenceLength = 0 } },
        { "guidance scale is NaN, expected a number from 0 to 100", s_good with { GuidanceScale = double.NaN } },
        { "guidance scale is Infinity, expected a number from 0 to 100", s_good with { GuidanceScale = double.PositiveInfinity } },
        { "guidance scale is -1, expected a number from 0 to 100", s_good with { GuidanceScale = -1 } },
        { "eta is 1.5, expected a number from 0 to 1", s_good with { Eta = 1.5 } },
        { "denoising start is 1, expected a fraction above 0 and below 1", s_good with { DenoisingStart = 1 } },
        { "denoising end is 0, expected a fraction above 0 and below 1", s_good with { DenoisingEnd = 0 } },
        { "denoising start is 0.6, expected less than denoising end, 0.6", s_good with { DenoisingStart = 0.6, DenoisingEnd = 0.6 } },
        { "latents is missing, expected the latents of the run that stopped at denoising start", s_good with { DenoisingStart = 0.6 } },
        { "timesteps is 'an empty list', expected at least one timestep", s_good with { Timesteps = [] } },
        { "guidance interval is [500, 400), expected two timesteps of at least 0, the lower first", s_good with { GuidanceInterval = new(500, 400) } },
    };

    [Fact]
    public void Defaults_are_valid() => Assert.Same(s_good, s_good.Validate());

    [Theory]
    [MemberData(nameof(Bad))]
    public void Validate_ValueOutOfRange_NamesTheField(string message, GenerationRequest request)
    {
        var error = Assert.Throws<InvalidSettingException>(request.Validate);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(error.Value is string { Length: > 100 } ? "(1048576 characters), expected at most 20000 characters" : message, error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Length < 300, error.Message);
    }
}
