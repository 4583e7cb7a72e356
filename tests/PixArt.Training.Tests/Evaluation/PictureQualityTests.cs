using PixArt.Imaging;
using PixArt.Training.Evaluation;

namespace PixArt.Training.Tests.Evaluation;

public sealed class PictureQualityTests
{
    [Fact]
    public void Psnr_of_a_constant_difference_is_20_log10_255_over_it() =>
        Assert.Equal(20 * Math.Log10(255 / 10.0), PictureQuality.Psnr(Image.Filled(8, 8, new(100, 100, 100)), Image.Filled(8, 8, new(110, 90, 110))), 1e-9);

    [Fact]
    public void Psnr_of_equal_pictures_is_infinite() =>
        Assert.Equal(double.PositiveInfinity, PictureQuality.Psnr(Image.Filled(2, 2, Rgb.White), Image.Filled(2, 2, Rgb.White)));

    [Fact]
    public void Psnr_of_pictures_of_two_sizes_is_refused() =>
        Assert.Equal("image is '2x3x3', expected 2x2x3", Assert.Throws<InvalidSettingException>(() => PictureQuality.Psnr(Image.Filled(2, 2, Rgb.White), Image.Filled(2, 3, Rgb.White))).Message);
}
