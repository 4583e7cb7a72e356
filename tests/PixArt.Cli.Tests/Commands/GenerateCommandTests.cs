using System.Buffers.Binary;
using PixArt.Imaging;
using PixArt.Pipelines;

namespace PixArt.Cli.Tests.Commands;

public sealed class GenerateCommandTests : IDisposable
{
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();
    readonly LeakCheck _leak = new();

    public void Dispose()
    {
        _folder.Dispose();
        _leak.Dispose();
    }

    Task<int> GenerateAsync(params string[] args) => GenerateAsync(CancellationToken.None, args);

    Task<int> GenerateAsync(CancellationToken cancellation, params string[] args)
    {
        string[] model = Has("--model") || Has("--from") ? [] : ["--model", TinyModel.Original];
        string[] output = Has("--output") ? [] : ["--output", _folder["{index}.png"]];
        return Shell.RunAsync(["generate", .. args, .. model, .. output], _captured.Terminal, cancellation);

        bool Has(string option) => args.Contains(option, StringComparer.Ordinal);
    }

    string[] Written => Directory.GetFileSystemEntries(_folder.Path);

    [Fact]
    public async Task Two_prompts_give_their_pictures_and_print_their_paths()
    {
        Assert.Equal(0, await GenerateAsync("a fox", "a tree", "--steps", "2", "--seed", "7", "--count", "2"));
        Assert.Equal(string.Concat(Enumerable.Range(1, 4).Select(i => _folder[$"{i}.png"] + "\n")), _captured.Out);
        var settings = Enumerable.Range(1, 4)
            .Select(i => GenerationSettings.FromJson(PngMetadata.Read(_folder[$"{i}.png"])[GenerationSettings.Keyword], "")).ToArray();
        Assert.Equal(["a fox", "a fox", "a tree", "a tree"], settings.Select(s => s.Prompt), StringComparer.Ordinal);
        Assert.Equal([7, 8, 9, 10], settings.Select(s => (int)s.Seed));
    }

    [Fact]
    public async Task A_picture_can_be_repeated_from_itself_and_changed()
    {
        Assert.Equal(0, await GenerateAsync("a fox", "--steps", "2", "--size", "24x16", "--negative", "fog", "--guidance", "3", "--scheduler", "ddim"));
        Assert.Equal(0, await GenerateAsync("--from", _folder["1.png"], "--output", _folder["again.png"]));
        Assert.Equal(File.ReadAllBytes(_folder["1.png"]), File.ReadAllBytes(_folder["again.png"]));
        Assert.Equal(0, await GenerateAsync("--from", _folder["1.png"], "--seed", "1", "--output", _folder["other.png"]));
        Assert.NotEqual(Image.Load(_folder["1.png"]).Pixels, Image.Load(_folder["other.png"]).Pixels);
        Assert.Equal((24, 16), (Image.Load(_folder["other.png"]).Width, Image.Load(_folder["other.png"]).Height));
    }

    [Fact]
    public async Task Adapters_change_the_picture_travel_in_it_and_can_be_dropped()
    {
        var adapter = TinyAdapter.Write(_folder["style=1.safetensors"]);
        Assert.Equal(0, await GenerateAsync("a fox", "--steps", "2", "--seed", "3"));
        Assert.Equal(0, await GenerateAsync("a fox", "--steps", "2", "--seed", "3", "--adapter", adapter + "=0.5", "--output", _folder["half.png"]));
        Assert.Contains($"{adapter}: LoRA of rank 1 on 1 layer, weight 0.5\n", _captured.Error, StringComparison.Ordinal);
        Assert.Equal(0, await GenerateAsync("--from", _folder["half.png"], "--output", _folder["again.png"]));
        Assert.Equal(File.ReadAllBytes(_folder["half.png"]), File.ReadAllBytes(_folder["again.png"]));
        Assert.NotEqual(Image.Load(_folder["1.png"]).Pixels, Image.Load(_folder["half.png"]).Pixels);
        Assert.Equal(0, await GenerateAsync("--from", _folder["half.png"], "--adapter", "none", "--output", _folder["without.png"]));
        Assert.Equal(Image.Load(_folder["1.png"]).Pixels, Image.Load(_folder["without.png"]).Pixels);
        Assert.Equal(2, await GenerateAsync("a fox", "--adapter", adapter + "=much"));
        Assert.Contains("expected a file with its weight as a number", _captured.Error, StringComparison.Ordinal);
        Assert.Equal(2, await GenerateAsync("a fox", "--adapter", adapter + "@late=0.5"));
        Assert.Contains("is 'late', expected 'transformer'", _captured.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_of_a_batch_are_the_single_ones()
    {
        Assert.Equal(0, await GenerateAsync("a fox", "a tree", "--steps", "2", "--seed", "3"));
        Assert.Equal(0, await GenerateAsync("a tree", "--steps", "2", "--seed", "4", "--output", _folder["single.png"]));
        Assert.Equal(File.ReadAllBytes(_folder["2.png"]), File.ReadAllBytes(_folder["single.png"]));
        Assert.Equal(0, await GenerateAsync("a fox", "a tree", "--steps", "2", "--seed", "3", "--batch", "2", "--output", _folder["b{index}.png"]));
        var pairs = Image.Load(_folder["2.png"]).Pixels.Zip(Image.Load(_folder["b2.png"]).Pixels);
        Assert.All(pairs, pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }

    [Fact]
    public async Task A_second_expert_that_is_the_same_model_changes_nothing()
    {
        Assert.Equal(0, await GenerateAsync("a fox", "--steps", "4", "--seed", "3"));
        Assert.Equal(0, await GenerateAsync(
            "a fox", "--steps", "4", "--seed", "3", "--expert", TinyModel.Original, "--split", "500", "--output", _folder["pair.png"]));
        Assert.Equal(Image.Load(_folder["1.png"]).Pixels, Image.Load(_folder["pair.png"]).Pixels);
        Assert.Contains("\"split\": 500", PngMetadata.Read(_folder["pair.png"])[GenerationSettings.Keyword], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompts_of_a_file_are_made_line_by_line()
    {
        File.WriteAllText(_folder["prompts.txt"], "a fox\n\na tree\n");
        Assert.Equal(0, await GenerateAsync("--prompts", _folder["prompts.txt"], "--steps", "1"));
        Assert.Equal(3, Written.Length);
    }

    [Theory]
    [InlineData("8GB", "memory: 8.0 GB allowed, ")]
    [InlineData("least", "planned, the least for this")]
    [InlineData("free", "GB allowed, ")]
    public async Task A_plan_for_the_memory_is_told_and_gives_the_same_picture(string memory, string says)
    {
        Assert.Equal(0, await GenerateAsync("a fox", "--steps", "2", "--seed", "3", "--no-prompt-cache"));
        Assert.Equal(0, await GenerateAsync("a fox", "--steps", "2", "--seed", "3", "--no-prompt-cache", "--memory", memory, "--output", _folder["low.png"]));
        Assert.Equal(File.ReadAllBytes(_folder["1.png"]), File.ReadAllBytes(_folder["low.png"]));
        string[] plan = [.. _captured.Error.Split('\n').SkipWhile(line => !line.StartsWith("memory: ", StringComparison.Ordinal)).Take(4)];
        Assert.Contains(says, plan[0], StringComparison.Ordinal);
        Assert.StartsWith("  reading the prompt ", plan[1], StringComparison.Ordinal);
        Assert.StartsWith("  sampling ", plan[2], StringComparison.Ordinal);
        Assert.StartsWith("  decoding ", plan[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_of_an_earlier_run_needs_no_text_encoder()
    {
        using var model = new TinyModel();
        Assert.Equal(0, await GenerateAsync("a fox that was here", "--steps", "2", "--seed", "3", "--model", model.Path));
        Assert.Equal(0, await GenerateAsync("a fox that was here", "--steps", "2", "--seed", "3", "--model", model.Path, "--output", _folder["again.png"]));
        Assert.Equal(Image.Load(_folder["1.png"]).Pixels, Image.Load(_folder["again.png"]).Pixels);
        var cached = Directory.GetFiles(Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME")!, "pixart", "prompts"));
        Assert.Equal(0, await GenerateAsync("a fox that was never here", "--steps", "1", "--no-prompt-cache", "--output", _folder["alone.png"]));
        Assert.Equal(cached, Directory.GetFiles(Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME")!, "pixart", "prompts")), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("'nonsense'", "a fox", "--scheduler", "nonsense")]
    [InlineData("width is 18", "a fox", "--width", "18")]
    [InlineData("height is 18", "a fox", "--height", "18")]
    [InlineData("--size is 'big', expected pixels, as 512 or 512x768 (width x height)", "a fox", "--size", "big")]
    [InlineData("steps is 0", "a fox", "--steps", "0")]
    [InlineData("--steps", "a fox", "--steps", "many")]
    [InlineData("guidance scale is NaN", "a fox", "--guidance", "NaN")]
    [InlineData("count is 0", "a fox", "--count", "0")]
    [InlineData("split is 0", "a fox", "--split", "0")]
    [InlineData("split is 1000", "a fox", "--split", "1000")]
    [InlineData("split is -5", "a fox", "--split", "-5", "--expert", "fluent-scenes")]
    [InlineData("second expert", "a fox", "--split", "400")]
    [InlineData("--expert is '/nowhere'", "a fox", "--expert", "/nowhere")]
    [InlineData("--device is 'tpu', expected cpu, cuda or cuda:N", "a fox", "--device", "tpu")]
    [InlineData("--dtype is 'int4', expected float32, float16 or bfloat16", "a fox", "--dtype", "int4")]
    [InlineData("--memory is '8 apples', expected a size such as 8GB, 6GiB or 900MB, or free, or least", "a fox", "--memory", "8 apples")]
    [InlineData("--memory is '-1GB', expected a size such as 8GB, 6GiB or 900MB, or free, or least", "a fox", "--memory", "-1GB")]
    [InlineData("memory is '0.0 GB', expected at least 0.", "a fox", "--memory", "20MB")]
    [InlineData("--pag-adaptive is 0.5, expected --pag with it", "a fox", "--pag-adaptive", "0.5")]
    [InlineData("--captions is 'loud', expected clean, lower_case or raw", "a fox", "--captions", "loud")]
    [InlineData("prompt is missing, expected at least one: pixart generate \"a fox in a meadow\"")]
    [InlineData("--prompts is '/nowhere', expected a text file with a prompt on each line", "--prompts", "/nowhere")]
    [InlineData("--prompts is '/dev/null', expected a file with a prompt on a line", "--prompts", "/dev/null")]
    [InlineData("--model is 'nowhere'", "a fox", "--model", "nowhere")]
    [InlineData("/nowhere.png", "--from", "/nowhere.png")]
    [InlineData("cannot write /proc/self/x.png: /proc/self takes no new files (", "a fox", "--output", "/proc/self/x.png")]
    [InlineData("--aspect is 'wide', expected width by height, as 16:9 or 1.5", "a fox", "--aspect", "wide")]
    [InlineData("--seeds is '1-', expected ", "a fox", "--seeds", "1-")]
    [InlineData("--control is missing, expected a picture with --control-strength: ", "a fox", "--control-strength", "1")]
    [InlineData("--control is 'hed', expected ", "a fox", "--control", "hed")]
    [InlineData("--control is 'depth=x.png', expected ", "a fox", "--control", "depth=x.png")]
    [InlineData("--output is 'x.gif', expected a name ending in .png, .jpg, .jpeg or .webp, or a folder with / at its end", "a fox", "--output", "x.gif")]
    public async Task Bad_input_is_one_line_and_writes_nothing(string says, params string[] args)
    {
        Assert.Equal(2, await GenerateAsync(args));
        AssertOneLine(says);
        Assert.Empty(Written);
    }

    [Fact]
    public async Task Files_that_are_not_what_they_should_be_are_told()
    {
        using var folder = new TemporaryFolder();
        Image.Filled(8, 8, new(1, 2, 3)).Save(folder["plain.png"]);
        Assert.Equal(2, await GenerateAsync("--from", folder["plain.png"]));
        AssertOneLine($"--from is '{folder["plain.png"]}', expected a PNG that pixart generate made, with its settings inside");
    }

    [Fact]
    public async Task A_prompt_file_of_a_wrong_kind_is_told_by_its_size()
    {
        using var folder = new TemporaryFolder();
        using (var file = File.Create(folder["weights.txt"])) file.SetLength((16 << 20) + 1);
        Assert.Equal(2, await GenerateAsync("--prompts", folder["weights.txt"]));
        AssertOneLine($"--prompts is '{folder["weights.txt"]}', expected a text file of at most 16 MiB");
    }

    [Fact]
    public async Task A_prompt_of_a_megabyte_is_refused_in_few_words()
    {
        Assert.Equal(2, await GenerateAsync(new string('x', 1 << 20)));
        AssertOneLine("prompt is 'xxx");
        Assert.True(_captured.Error.Length < 300, _captured.Error);
        Assert.Empty(Written);
    }

    [Fact]
    public async Task Missing_weights_are_told()
    {
        using var model = new TinyModel();
        File.Delete(model.Weights);
        await AssertRefusedAsync(model, "there are no weights of this name");
    }

    [Fact]
    public async Task Truncated_weights_are_told()
    {
        using var model = new TinyModel();
        using (var file = File.OpenWrite(model.Weights)) file.SetLength(file.Length - 4);
        await AssertRefusedAsync(model, model.Weights);
    }

    [Fact]
    public async Task A_header_that_lies_about_its_length_is_told()
    {
        using var model = new TinyModel();
        var bytes = File.ReadAllBytes(model.Weights);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, long.MaxValue);
        File.WriteAllBytes(model.Weights, bytes);
        await AssertRefusedAsync(model, model.Weights);
    }

    [Fact]
    public async Task A_header_that_lies_about_a_tensor_is_told()
    {
        using var model = new TinyModel();
        var bytes = File.ReadAllBytes(model.Weights);
        var at = bytes.AsSpan().IndexOf("\"data_offsets\":["u8) + "\"data_offsets\":[".Length;
        bytes[at] = (byte)'9';
        File.WriteAllBytes(model.Weights, bytes);
        await AssertRefusedAsync(model, model.Weights);
    }

    [Fact]
    public async Task Weights_of_another_shape_are_told()
    {
        using var model = new TinyModel();
        var config = Path.Combine(model.Path, "transformer", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"num_layers\": 2", "\"num_layers\": 3", StringComparison.Ordinal));
        await AssertRefusedAsync(model, "transformer_blocks.2.");
    }

    [Fact]
    public async Task A_cancelled_run_leaves_nothing()
    {
        using var source = new CancellationTokenSource();
        var terminal = new Captured();
        var watch = new CancelOnSampling(source);
        var run = Shell.RunAsync(
            ["generate", "a fox", "--steps", "1000", "--model", TinyModel.Original, "--output", _folder["x.png"]],
            terminal.Terminal with { Error = watch }, source.Token);
        Assert.Equal(130, await run);
        Assert.Empty(Written);
        Assert.Contains("pixart: cancelled", watch.ToString(), StringComparison.Ordinal);
    }

    async Task AssertRefusedAsync(TinyModel model, string says)
    {
        Assert.Equal(2, await GenerateAsync("a fox", "--model", model.Path));
        AssertOneLine(says, progressBefore: true);
        Assert.Empty(Written);
    }

    void AssertOneLine(string says, bool progressBefore = false)
    {
        var lines = _captured.Error.TrimEnd('\n').Split('\n');
        var complaint = Assert.Single(lines, line => line.StartsWith("pixart: ", StringComparison.Ordinal));
        Assert.Contains(says, complaint, StringComparison.Ordinal);
        if (!progressBefore) Assert.Single(lines);
        Assert.Equal("", _captured.Out);
    }

    sealed class CancelOnSampling(CancellationTokenSource source) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith("sampling", StringComparison.Ordinal) == true) source.Cancel();
        }
    }
}
