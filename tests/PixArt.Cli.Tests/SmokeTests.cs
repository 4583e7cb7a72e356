namespace PixArt.Cli.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void Arithmetic() => Assert.Equal(4, 2 + 2);
}
