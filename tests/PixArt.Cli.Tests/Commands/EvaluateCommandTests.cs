using PixArt.Cli.Commands;

namespace PixArt.Cli.Tests.Commands;

public sealed class EvaluateCommandTests
{
    readonly Captured _captured = new();

    [Theory]
    [InlineData("--prompts is 0", "--prompts", "0")]
    [InlineData("--recognizer-steps is 0", "--recognizer-steps", "0")]
    [InlineData("--autoencoder-scenes is -1", "--autoencoder-scenes", "-1")]
    [InlineData("steps is 0", "--steps", "0")]
    [InlineData("guidance scale is NaN", "--guidance", "NaN")]
    [InlineData("batch size is 0", "--batch", "0")]
    [InlineData("--control is 'depth', expected hed or gradient", "--control", "depth", "--control-model", "c")]
    [InlineData("--control-model is missing", "--control", "gradient")]
    [InlineData("--control-model is 'c', expected nothing without --control", "--control-model", "c")]
    [InlineData("--prompt-list is 'p.txt', expected nothing with --control", "--control", "gradient", "--control-model", "c", "--prompt-list", "p.txt")]
    [InlineData("--control-strength is 3", "--control", "gradient", "--control-model", "c", "--control-strength", "3")]
    [InlineData("recipes/fetch-fluent-emoji", "--data", "/nowhere")]
    [InlineData("/dev/null is a file", "--output", "/dev/null/x")]
    public async Task Evaluate_BadInput_IsOneLineAndExitCode2(string complaint, params string[] args)
    {
        Assert.Equal(2, await Shell.RunAsync(["evaluate", .. args], _captured.Terminal, CancellationToken.None));
        Assert.Contains(complaint, _captured.Error, StringComparison.Ordinal);
        Assert.Single(_captured.Error.Trim().Split('\n'));
    }

    [Fact]
    public void Prompts_OfAList_AreItsLines()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "a fox\n\n  \ntwo cats on the beach\n");
            var settings = new EvaluateSettings { PromptList = file };
            Assert.Equal(["a fox", "two cats on the beach"], settings.Prompts().Select(prompt => prompt.Text), StringComparer.Ordinal);
            File.WriteAllText(file, "\n");
            Assert.Throws<InvalidSettingException>(settings.Prompts);
            File.WriteAllText(file, "a zeppelin\n");
            Assert.Throws<InvalidSettingException>(settings.Prompts);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
