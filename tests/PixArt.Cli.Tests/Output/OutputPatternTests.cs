using PixArt.Cli.Output;
using PixArt.TestKit;

namespace PixArt.Cli.Tests.Output;

public sealed class OutputPatternTests
{
    [Theory]
    [InlineData(null, 1, "a-fox-left-of-a-tree-7.png")]
    [InlineData("x.png", 1, "x.png")]
    [InlineData("x.png", 4, "x-3.png")]
    [InlineData("x-{seed}.webp", 4, "x-7.webp")]
    [InlineData("{index}/{prompt}.jpg", 4, "3/a-fox-left-of-a-tree.jpg")]
    [InlineData("folder/", 1, "folder/a-fox-left-of-a-tree-7.png")]
    public void PathOf_NamesThePicture(string? pattern, int pictures, string expected) =>
        Assert.Equal(expected, new OutputPattern(pattern, pictures).PathOf(2, 7, "A fox, left of a tree!"));

    [Theory]
    [InlineData("", "a file, a folder or a pattern")]
    [InlineData("x", "a name ending in .png, .jpg, .jpeg or .webp, or a folder with / at its end")]
    [InlineData("x.gif", "a name ending in .png, .jpg, .jpeg or .webp, or a folder with / at its end")]
    [InlineData("x.png.txt", "a name ending in .png, .jpg, .jpeg or .webp, or a folder with / at its end")]
    public void Pattern_WithoutAPictureEnding_IsRefused(string pattern, string expected) =>
        Assert.Equal($"--output is '{pattern}', expected {expected}", Assert.Throws<InvalidSettingException>(() => new OutputPattern(pattern, 1)).Message);

    [Theory]
    [InlineData("../../etc/passwd", "etc-passwd")]
    [InlineData("狐 und Bär", "狐-und-bär")]
    [InlineData("!?", "picture")]
    public void Slug_IsSafe(string prompt, string expected) => Assert.Equal(expected, OutputPattern.Slug(prompt));

    [Fact]
    public void Slug_OfALongPrompt_IsShort() => Assert.InRange(OutputPattern.Slug(new string('x', 5000)).Length, 1, 64);

    [Fact]
    public void WritableCheck_GoodPath_LeavesNothing()
    {
        using var folder = new TemporaryFolder();
        WritableCheck.Throw(folder["new/deep/x.png"]);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void WritableCheck_BelowAFile_Throws()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        Assert.Throws<PixArtException>(() => WritableCheck.Throw(folder["file/x.png"]));
    }

    [Fact]
    public void WritableCheck_AFolder_Throws()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<PixArtException>(() => WritableCheck.Throw(folder.Path));
    }

    [Fact]
    public void WritableCheck_AFolderThatTakesNoFiles_Throws() =>
        Assert.Throws<PixArtException>(() => WritableCheck.Throw("/proc/self/x.png"));
}
