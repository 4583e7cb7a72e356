using PixArt.Cli.Generation;

namespace PixArt.Cli.Tests.Generation;

public sealed class SeedListTests
{
    [Theory]
    [InlineData("7", 7)]
    [InlineData("1,2,5-9", 1, 2, 5, 6, 7, 8, 9)]
    [InlineData(" 3 , 2-2 ", 3, 2)]
    public void Seeds_and_ranges_are_read(string text, params int[] seeds) => Assert.Equal(seeds, SeedList.Parse(text).Select(s => (int)s));

    [Fact]
    public void The_largest_seed_is_one() => Assert.Equal([ulong.MaxValue - 1, ulong.MaxValue], SeedList.Parse($"{ulong.MaxValue - 1}-{ulong.MaxValue}"));

    [Theory]
    [InlineData("")]
    [InlineData("1,,2")]
    [InlineData("9-5")]
    [InlineData("-1")]
    [InlineData("1-2-3")]
    [InlineData("x")]
    [InlineData("0-1000")]
    [InlineData("0-999,5")]
    [InlineData("0-18446744073709551615")]
    public void Anything_else_is_refused(string text) => Assert.Equal(
        $"--seeds is '{text}', expected at most 1000 seeds between commas, as 1,2,5-9",
        Assert.Throws<InvalidSettingException>(() => SeedList.Parse(text)).Message);
}
