using PixArt.Imaging;

namespace PixArt.Tests.Imaging;

public sealed class GradientEdgesTests
{
    [Fact]
    public void Find_OfOneColour_IsBlack() =>
        Assert.All(GradientEdges.Find(Image.Filled(7, 5, new(10, 200, 90))).Pixels, value => Assert.Equal(0, value));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Find_OfAStepInOneColour_IsTwiceItsHeightOnBothSides(int channel)
    {
        var image = Image.Filled(8, 6, new(50, 50, 50));
        for (var y = 0; y < 6; y++)
            for (var x = 4; x < 8; x++) image.Pixels[(y * 8 + x) * 3 + channel] = 90;
        var edges = GradientEdges.Find(image);
        Assert.Equal((8, 6, 1), (edges.Width, edges.Height, edges.Channels));
        for (var y = 0; y < 6; y++)
            Assert.Equal([0, 0, 0, 80, 80, 0, 0, 0], edges.Pixels.AsSpan(y * 8, 8).ToArray());
    }

    [Fact]
    public void Find_OfATurnedPicture_IsTheTurnedEdges()
    {
        var image = Image.Filled(9, 9, Rgb.White);
        for (var i = 0; i < 9 * 9 * 3; i++) image.Pixels[i] = (byte)(i * 37 % 251);
        var turned = new Image(9, 9, 3, new byte[9 * 9 * 3]);
        for (var y = 0; y < 9; y++)
            for (var x = 0; x < 9; x++) image.Pixels.AsSpan((y * 9 + x) * 3, 3).CopyTo(turned.Pixels.AsSpan((x * 9 + y) * 3));
        var (edges, expected) = (GradientEdges.Find(turned), GradientEdges.Find(image));
        for (var y = 0; y < 9; y++)
            for (var x = 0; x < 9; x++) Assert.Equal(expected.Pixels[y * 9 + x], edges.Pixels[x * 9 + y]);
    }
}
