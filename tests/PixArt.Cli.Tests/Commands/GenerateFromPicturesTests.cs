using PixArt.Imaging;

namespace PixArt.Cli.Tests.Commands;

public sealed class GenerateFromPicturesTests : GenerateFixture
{
    static readonly Rgb s_red = new(200, 40, 30);

    [Fact]
    public async Task A_picture_from_a_picture_is_repeated_from_itself()
    {
        var (photo, mask) = (Picture("photo.png", s_red, Rgb.White), Picture("mask.png", Rgb.Black, Rgb.White));
        await MakeAsync("a fox", "--steps", "5", "--seed", "3", "--image", photo, "--strength", "0.6", "--mask", mask);
        await MakeAsync("--from", Folder["1.png"], "--output", Folder["again.png"]);
        Assert.Equal(Bytes("1.png"), Bytes("again.png"));
        var settings = Settings("1.png");
        Assert.Equal((photo, mask, 0.6), (settings.Image, settings.Mask, settings.Strength));
        await MakeAsync("--from", Folder["1.png"], "--strength", "1", "--output", Folder["other.png"]);
        Assert.NotEqual(Pixels("1.png"), Pixels("other.png"));
    }

    [Fact]
    public async Task A_picture_that_has_changed_since_is_not_taken_for_the_old_one()
    {
        var photo = Picture("photo.png", s_red, Rgb.White);
        await MakeAsync("a fox", "--steps", "2", "--seed", "3", "--image", photo);
        Picture("photo.png", s_red, s_red);
        var before = Written;
        Assert.Equal(2, await GenerateAsync("--from", Folder["1.png"], "--output", Folder["again.png"]));
        Assert.Equal(before, Written);
        Assert.EndsWith(", expected the file as it was when the picture of --from was made; name another with this option\n", Error, StringComparison.Ordinal);
        // Naming it says that it is meant.
        await MakeAsync("--from", Folder["1.png"], "--image", photo, "--output", Folder["new.png"]);
    }

    [Fact]
    public async Task A_reference_is_repeated_too()
    {
        var look = Picture("look.png", s_red, Rgb.White);
        await MakeAsync("a fox", "--steps", "3", "--seed", "3", "--reference", look);
        await MakeAsync("--from", Folder["1.png"], "--output", Folder["again.png"]);
        Assert.Equal(Bytes("1.png"), Bytes("again.png"));
        Assert.Equal((16, 16), (Image.Load(Folder["1.png"]).Width, Image.Load(Folder["1.png"]).Height));
    }

    [Fact]
    public async Task A_shape_instead_of_a_size_is_kept_in_the_settings()
    {
        await MakeAsync("a fox", "--steps", "1", "--seed", "3", "--aspect", "2:1");
        var settings = Settings("1.png");
        Assert.Equal((24, 12, 0.5), (settings.Width, settings.Height, settings.AspectRatio));
        await MakeAsync("--from", Folder["1.png"], "--output", Folder["again.png"]);
        Assert.Equal(Bytes("1.png"), Bytes("again.png"));
        await MakeAsync("--from", Folder["1.png"], "--aspect", "1:2", "--output", Folder["tall.png"]);
        Assert.Equal((12, 24), (Settings("tall.png").Width, Settings("tall.png").Height));
    }

    [Fact]
    public async Task Guidance_of_every_kind_is_repeated()
    {
        await MakeAsync(
            "a fox", "--steps", "3", "--seed", "3", "--guidance-rescale", "0.5", "--guidance-interval", "100-900", "--pag", "2",
            "--pag-adaptive", "0.001", "--pag-layers", "0,blocks.1");
        await MakeAsync("--from", Folder["1.png"], "--output", Folder["again.png"]);
        Assert.Equal(Bytes("1.png"), Bytes("again.png"));
        var settings = Settings("1.png");
        Assert.Equal((0.5, "100-900", 2.0, 0.001, "0,blocks.1"),
            (settings.GuidanceRescale, settings.GuidanceInterval, settings.PagScale, settings.PagAdaptiveScale, settings.PagLayers));
        string[][] changes = [["--guidance-rescale", "0"], ["--guidance-interval", "0-500"], ["--pag", "0"], ["--pag-layers", "0"]];
        foreach (var change in changes)
        {
            await MakeAsync(["--from", Folder["1.png"], .. change, "--output", Folder["other.png"]]);
            Assert.NotEqual(Bytes("1.png"), Bytes("other.png"));
        }
    }

    [Theory]
    [InlineData("/nowhere.png", "a fox", "--image", "/nowhere.png")]
    [InlineData("strength is 0.5", "a fox", "--strength", "0.5")]
    [InlineData("mask is '/", "a fox", "--mask", "MASK")]
    [InlineData("mask is '8x8', expected 16x16", "a fox", "--image", "PHOTO", "--mask", "SMALL")]
    [InlineData("strength is 0.01", "a fox", "--image", "PHOTO", "--strength", "0.01")]
    [InlineData("reference is '/", "a fox", "--image", "PHOTO", "--reference", "PHOTO")]
    [InlineData("--aspect is 'wide'", "a fox", "--aspect", "wide")]
    [InlineData("--aspect is '0:1'", "a fox", "--aspect", "0:1")]
    [InlineData("aspect ratio is 0.001", "a fox", "--aspect", "1000:1")]
    [InlineData("guidance rescale is 2", "a fox", "--guidance-rescale", "2")]
    [InlineData("--guidance-interval is '5'", "a fox", "--guidance-interval", "5")]
    [InlineData("guidance interval is [800, 200)", "a fox", "--guidance-interval", "800-200")]
    [InlineData("guidance interval is [0, 1001)", "a fox", "--guidance-interval", "0-1001")]
    [InlineData("perturbed attention scale is -1", "a fox", "--pag", "-1")]
    [InlineData("perturbed attention layers is '7'", "a fox", "--pag", "3", "--pag-layers", "7")]
    [InlineData("perturbed attention layers is 'an empty list'", "a fox", "--pag", "3", "--pag-layers", ",")]
    [InlineData("--pag-layers is '1', expected --pag", "a fox", "--pag-layers", "1")]
    public async Task What_cannot_be_done_is_one_line_and_writes_nothing(string says, params string[] args)
    {
        var (photo, small) = (Picture("photo.png", s_red, Rgb.White), Picture("small.png", Rgb.Black, Rgb.White, 8, 8));
        await RefusedAsync(says, [.. args.Select(arg => arg switch { "PHOTO" or "MASK" => photo, "SMALL" => small, _ => arg })]);
    }
}
