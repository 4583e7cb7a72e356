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
        Assert.StartsWith("PixArt transformer (", lines[0], StringComparison.Ordinal);
        var summary = Array.FindIndex(lines, line => line.Contains(" tensors, ", StringComparison.Ordinal));
        var tensors = int.Parse(lines[summary].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.Equal(tensors, lines.Length - summary - 1);
        Assert.Contains(lines, line => line.StartsWith("proj_out.weight ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_checkpoint_tells_its_parts_and_how_far_it_was_trained()
    {
        var file = GoldenSet.Open().PathOf("original/train_checkpoint.pth");
        Assert.Equal(0, await InspectAsync(file));
        Assert.Contains("parts: state_dict, state_dict_ema, optimizer (--section NAME shows another)\n", _captured.Out, StringComparison.Ordinal);
        Assert.Contains("training: epoch 7, step 1234\n", _captured.Out, StringComparison.Ordinal);
        Assert.Equal(0, await InspectAsync(file, "--section", "optimizer", "--tensors"));
        Assert.Contains("state.0.exp_avg ", _captured.Out, StringComparison.Ordinal);
        Assert.Equal(2, await InspectAsync(file, "--section", "none"));
        Assert.Contains("has no part 'none'; it has state_dict, state_dict_ema, optimizer", _captured.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("original/pixart_sigma_512.pth")]
    [InlineData("original/pixart_alpha_256_legacy.pth")]
    [InlineData("pipelines/tiny_alpha_folder/transformer/diffusion_pytorch_model.safetensors")]
    public async Task A_damaged_file_is_one_line_and_no_crash(string golden)
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(GoldenSet.Open().PathOf(golden));
        var damaged = folder["damaged" + Path.GetExtension(golden)];
        var random = new Random(5);
        for (var i = 0; i < 60; i++)
        {
            var bytes = i % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            // The directory of a zip is at its end, the header of the others at their beginning.
            for (var flip = 0; i % 2 == 1 && flip < 4; flip++) bytes[random.Next(2) == 0 ? random.Next(Math.Min(2000, bytes.Length)) : ^random.Next(1, Math.Min(2000, bytes.Length))] ^= (byte)random.Next(1, 256);
            File.WriteAllBytes(damaged, bytes);
            var captured = new Captured();
            var code = await Shell.RunAsync(["inspect", damaged], captured.Terminal, CancellationToken.None);
            // What changes a number or a name only is a file of other weights.
            Assert.True(code == 2 || (code == 0 && i % 2 == 1), $"{i}: {code} {captured.Error}");
            if (code == 0) continue;
            Assert.Equal(1, captured.Error.Count(c => c == '\n'));
            Assert.StartsWith("pixart: ", captured.Error, StringComparison.Ordinal);
            Assert.Contains(damaged, captured.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/nowhere", "a picture, a weights file, a component's folder or a model folder")]
    [InlineData("/etc/passwd", "a .png picture, or a .safetensors, .pth, .pt, .bin, .ckpt or .gguf weights file")]
    public async Task Anything_else_is_refused(string path, string expected)
    {
        Assert.Equal(2, await InspectAsync(path));
        Assert.Equal($"pixart: path is '{path}', expected {expected}\n", _captured.Error);
    }
}
