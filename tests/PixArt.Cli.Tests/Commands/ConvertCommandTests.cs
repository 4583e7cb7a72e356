using PixArt.Weights;

namespace PixArt.Cli.Tests.Commands;

public sealed class ConvertCommandTests : IDisposable
{
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    Task<int> RunAsync(params string[] args) => Shell.RunAsync(args, _captured.Terminal, CancellationToken.None);

    [Fact]
    public async Task A_model_folder_is_converted_and_inspected()
    {
        Assert.Equal(0, await RunAsync("convert", TinyModel.Original, _folder["half"], "--dtype", "bf16", "--shard-size", "50KB"));
        Assert.Equal(_folder["half"] + "\n", _captured.Out);
        Assert.Equal(0, await RunAsync("inspect", _folder["half"]));
        Assert.Contains("transformer: ", _captured.Out, StringComparison.Ordinal);
        Assert.Contains("  T5 encoder (v1.1, gated GELU), diffusers layout\n", _captured.Out, StringComparison.Ordinal);
        Assert.Contains(" parameters, BF16; ", _captured.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("missing", _captured.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transformer_goes_to_a_checkpoint_of_the_original_layout()
    {
        Assert.Equal(0, await RunAsync("convert", TinyModel.Original, _folder["a.pth"]));
        Assert.StartsWith("PixArt transformer (", _captured.Error, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("inspect", _folder["a.pth"]));
        Assert.Contains("original PixArt layout", _captured.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--shard-size", "lots", "pixart: --shard-size is 'lots', expected a size, as 5GB, 500MB or a number of bytes")]
    [InlineData("--layout", "mine", "pixart: --layout is 'mine', expected diffusers or original")]
    [InlineData("--dtype", "int3", "pixart: --dtype is 'int3', expected float32, float16 or bfloat16")]
    [InlineData("--base", "nowhere", "pixart: base is 'nowhere', expected a single model as input, not a whole pipeline")]
    public async Task Bad_settings_are_told_before_any_work(string option, string value, string message)
    {
        Assert.Equal(2, await RunAsync("convert", TinyModel.Original, _folder["out"], option, value));
        Assert.StartsWith(message, _captured.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task A_difference_is_written_and_told_and_takes_no_other_options()
    {
        var transformer = Path.Combine(TinyModel.Original, "transformer");
        Assert.Equal(0, await RunAsync("convert", transformer, _folder["half.safetensors"], "--dtype", "bfloat16"));
        Assert.Equal(0, await RunAsync("convert", _folder["half.safetensors"], _folder["delta.safetensors"], "--difference-to", transformer));
        Assert.Matches(@"\n\d+ of \d+ tensors differ\n$", _captured.Error);
        Assert.EndsWith(_folder["delta.safetensors"] + "\n", _captured.Out, StringComparison.Ordinal);
        Assert.Equal(2, await RunAsync("convert", transformer, _folder["x.safetensors"], "--difference-to", transformer, "--layout", "original"));
        Assert.EndsWith(
            $"pixart: --difference-to is '{transformer}', expected no other option with it than --dtype and --variant\n", _captured.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Merging_a_model_with_itself_changes_nothing()
    {
        var transformer = Path.Combine(TinyModel.Original, "transformer");
        Assert.Equal(0, await RunAsync("merge", transformer, transformer, "-o", _folder["merged.safetensors"], "--ratio", "0"));
        using var merged = WeightsFile.Open(_folder["merged.safetensors"]);
        using var original = WeightsFile.Open(Path.Combine(transformer, "diffusion_pytorch_model.safetensors"));
        Assert.All(merged.Tensors.Keys, name => Assert.True(original.Bytes(name).SequenceEqual(merged.Bytes(name)), name));
        Assert.Equal(2, await RunAsync("merge", transformer, transformer, "-o", _folder["x"], "--ratio", "2"));
        Assert.StartsWith("pixart: ratio is 2, expected from 0", _captured.Error, StringComparison.Ordinal);
    }
}
