using PixArt.Cli.Commands;

namespace PixArt.Cli.Tests.Commands;

public sealed class EvaluateCommandTests
{
    readonly Captured _captured = new();

    [Theory]
    [InlineData("--prompts is 0, expected at least 1", "--prompts", "0")]
    [InlineData("--recognizer-steps is 0, expected at least 1", "--recognizer-steps", "0")]
    [InlineData("--autoencoder-scenes is -1, expected at least 1", "--autoencoder-scenes", "-1")]
    [InlineData("steps is 0", "--steps", "0")]
    [InlineData("guidance scale is NaN", "--guidance", "NaN")]
    [InlineData("batch size is 0", "--batch", "0")]
    [InlineData("--control is 'depth', expected hed or gradient", "--control", "depth", "--control-model", "c")]
    [InlineData("--control-model is missing, expected a ControlNet, as --control is given", "--control", "gradient")]
    [InlineData("--control-model is 'c', expected nothing without --control", "--control-model", "c")]
    [InlineData("--prompt-list is 'p.txt', expected nothing with --control: edges are those of the scenes behind the held-out prompts", "--control", "gradient", "--control-model", "c", "--prompt-list", "p.txt")]
    [InlineData("--control-strength is 3, expected a number from 0 to 2", "--control", "gradient", "--control-model", "c", "--control-strength", "3")]
    [InlineData("--prompt-list is '/nowhere', expected a text file with a prompt on each line", "--prompt-list", "/nowhere")]
    [InlineData("recipes/fetch-fluent-emoji", "--data", "/nowhere")]
    [InlineData("cannot write /dev/null/x/report.json: /dev/null is a file, expected a folder", "--output", "/dev/null/x")]
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
            Assert.Equal($"--prompt-list is '{file}', expected a file with at least one prompt", Assert.Throws<InvalidSettingException>(settings.Prompts).Message);
            File.WriteAllText(file, "a zeppelin\n");
            Assert.Equal("prompt is 'a zeppelin', expected one that names an object of the vocabulary", Assert.Throws<InvalidSettingException>(settings.Prompts).Message);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
