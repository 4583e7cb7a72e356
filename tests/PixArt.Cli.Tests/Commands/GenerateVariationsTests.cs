using PixArt.Imaging;

namespace PixArt.Cli.Tests.Commands;

public sealed class GenerateVariationsTests : GenerateFixture
{
    [Fact]
    public async Task A_style_is_kept_beside_the_prompt_as_written()
    {
        await MakeAsync("a fox", "--steps", "2", "--seed", "3");
        await MakeAsync("a fox", "--steps", "2", "--seed", "3", "--style", "Pixel art", "--output", Folder["styled.png"]);
        Assert.NotEqual(Pixels("1.png"), Pixels("styled.png"));
        Assert.Equal(("a fox", "", "Pixel art"), (Settings("styled.png").Prompt, Settings("styled.png").NegativePrompt, Settings("styled.png").Style));
        await MakeAsync("--from", Folder["styled.png"], "--output", Folder["again.png"]);
        Assert.Equal(Bytes("styled.png"), Bytes("again.png"));
        await MakeAsync("--from", Folder["styled.png"], "--style", "none", "--output", Folder["plain.png"]);
        Assert.Equal(Pixels("1.png"), Pixels("plain.png"));
    }

    [Fact]
    public async Task Every_prompt_is_made_with_every_seed_of_a_list()
    {
        await MakeAsync("a fox", "a tree", "--steps", "2", "--seeds", "3,7-8", "--batch", "2");
        Assert.Equal(6, Written.Length);
        Assert.Equal([3, 7, 8, 3, 7, 8], Enumerable.Range(1, 6).Select(i => (int)Settings($"{i}.png").Seed));
        Assert.Equal(["a fox", "a fox", "a fox", "a tree", "a tree", "a tree"], Enumerable.Range(1, 6).Select(i => Settings($"{i}.png").Prompt), StringComparer.Ordinal);
        await MakeAsync("a tree", "--steps", "2", "--seed", "7", "--output", Folder["single.png"]);
        Assert.All(Pixels("5.png").Zip(Pixels("single.png")), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }

    [Fact]
    public async Task Seeds_that_repeat_do_not_overwrite_each_other()
    {
        await MakeAsync("a fox", "a tree", "--steps", "1", "--seeds", "3,4", "--output", Folder["{seed}.png"]);
        Assert.Equal(4, Written.Length);
        await MakeAsync("a fox", "a tree", "--steps", "1", "--seeds", "3,4", "--output", Folder["{prompt}-{seed}.png"]);
        Assert.True(File.Exists(Folder["a-tree-4.png"]));
    }

    [Fact]
    public async Task A_grid_shows_prompts_by_seeds()
    {
        await MakeAsync("a fox", "a tree", "--steps", "1", "--seeds", "1-3", "--grid", Folder["grid.png"]);
        Assert.Equal(7, Written.Length);
        var grid = Image.Load(Folder["grid.png"]);
        await MakeAsync("a fox", "--steps", "1", "--seeds", "1-3", "--grid", Folder["row.png"]);
        var row = Image.Load(Folder["row.png"]);
        Assert.Equal(row.Width, grid.Width);
        Assert.True(grid.Height > 1.5 * row.Height, $"{grid.Height} and {row.Height}");
        Assert.Contains(Folder["grid.png"], Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wishes_inside_prompts_are_read_when_asked_for()
    {
        await MakeAsync("a fox --ar 1:2", "a tree", "--steps", "1", "--seed", "3", "--prompt-flags");
        Assert.Equal(("a fox", 24, 12, 3ul), (Settings("1.png").Prompt, Settings("1.png").Width, Settings("1.png").Height, Settings("1.png").Seed));
        Assert.Equal(("a tree", 16, 16, 4ul), (Settings("2.png").Prompt, Settings("2.png").Width, Settings("2.png").Height, Settings("2.png").Seed));
        await MakeAsync("--from", Folder["1.png"], "--output", Folder["again.png"]);
        Assert.Equal(Bytes("1.png"), Bytes("again.png"));
        await MakeAsync("a fox --hw 10:14", "--steps", "1", "--seed", "3", "--prompt-flags", "--output", Folder["cut.png"]);
        Assert.Equal((14, 10), (Image.Load(Folder["cut.png"]).Width, Image.Load(Folder["cut.png"]).Height));
        await MakeAsync("a fox --ar 1:2", "--steps", "1", "--output", Folder["text.png"]);
        Assert.Equal("a fox --ar 1:2", Settings("text.png").Prompt);
    }

    [Fact]
    public async Task A_preview_ends_as_the_picture()
    {
        await MakeAsync("a fox", "--steps", "3", "--seed", "3", "--preview", Folder["preview.png"]);
        Assert.Equal(Pixels("1.png"), Pixels("preview.png"));
        Assert.Equal(2, Written.Length);
    }

    [Fact]
    public async Task Experts_that_take_turns_make_the_same_pictures()
    {
        string[] pair = ["a fox", "a tree", "--steps", "5", "--seed", "3", "--expert", TinyModel.Original];
        await MakeAsync(pair);
        await MakeAsync([.. pair, "--memory", "least", "--output", Folder["turns{index}.png"]]);
        Assert.Equal(Bytes("1.png"), Bytes("turns1.png"));
        Assert.Equal(Bytes("2.png"), Bytes("turns2.png"));
    }

    [Theory]
    [InlineData("--preview-decoder is '/nowhere', expected --preview", "a fox", "--preview-decoder", "/nowhere")]
    [InlineData("/nowhere", "a fox", "--preview-decoder", "/nowhere", "--preview", "x.png")]
    [InlineData("style is 'oil', expected none, cinematic", "a fox", "--style", "oil")]
    [InlineData("--seeds is '5-1'", "a fox", "--seeds", "5-1")]
    [InlineData("--seeds is '1,2', expected neither --seed nor --count", "a fox", "--seeds", "1,2", "--seed", "3")]
    [InlineData("--seeds is '1,2', expected neither --seed nor --count", "a fox", "--seeds", "1,2", "--count", "2")]
    [InlineData("--grid is 'x.gif'", "a fox", "--grid", "x.gif")]
    [InlineData("/proc/self takes no new files", "a fox", "--grid", "/proc/self/x.png")]
    [InlineData("/proc/self takes no new files", "a fox", "--preview", "/proc/self/x.png")]
    [InlineData("aspect ratio is 50", "a fox --ar 50:1", "--prompt-flags")]
    public Task What_cannot_be_done_is_one_line_and_writes_nothing(string says, params string[] args) => RefusedAsync(says, args);
}
