using System.Globalization;

namespace PixArt.Cli.Tests.Commands;

public sealed class InspectCommandTests
{
    readonly Captured _captured = new();

    Task<int> InspectAsync(params string[] args) => Shell.RunAsync(["inspect", .. args], _captured.Terminal, CancellationToken.None);

    [Fact]
    public async Task A_model_folder_lists_its_components()
    {
        Assert.Equal(0, await InspectAsync(TinyModel.Original));
        Assert.StartsWith("PixArtAlphaPipeline\n", _captured.Out, StringComparison.Ordinal);
        Assert.Contains("tokenizer: T5Tokenizer\n", _captured.Out, StringComparison.Ordinal);
        Assert.Contains(" parameters, F32; ", _captured.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapter_tells_its_kind_and_rank()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, await InspectAsync(TinyAdapter.Write(folder["style.safetensors"])));
        Assert.StartsWith("adapter: LoRA of rank 1 on 1 layer\n2 tensors, ", _captured.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weights_file_lists_its_tensors_when_asked()
    {
        var file = Path.Combine(TinyModel.Original, "transformer", "diffusion_pytorch_model.safetensors");
        Assert.Equal(0, await InspectAsync(file, "--tensors"));
        var lines = _captured.Out.TrimEnd('\n').Split('\n');
        var tensors = int.Parse(lines[0].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.Equal(tensors + 1, lines.Length);
        Assert.Contains(lines, line => line.StartsWith("proj_out.weight ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/etc/passwd")]
    public async Task Anything_else_is_refused(string path)
    {
        Assert.Equal(2, await InspectAsync(path));
        Assert.StartsWith("pixart: path is ", _captured.Error, StringComparison.Ordinal);
    }
}
