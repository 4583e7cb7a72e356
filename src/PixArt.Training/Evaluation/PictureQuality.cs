using PixArt.Imaging;

namespace PixArt.Training.Evaluation;

/// <summary>Measures of how alike two pictures are.</summary>
public static class PictureQuality
{
    /// <summary>Peak signal-to-noise ratio in dB over all samples; infinite for equal pictures.</summary>
    /// <exception cref="InvalidSettingException">The pictures differ in size or channels.</exception>
    public static double Psnr(Image expected, Image actual)
    {
        if ((actual.Width, actual.Height, actual.Channels) != (expected.Width, expected.Height, expected.Channels))
        {
            throw new InvalidSettingException(
                "image", $"{actual.Width}x{actual.Height}x{actual.Channels}", $"{expected.Width}x{expected.Height}x{expected.Channels}");
        }

        long sum = 0;
        for (var i = 0; i < expected.Pixels.Length; i++)
        {
            var difference = expected.Pixels[i] - actual.Pixels[i];
            sum += difference * difference;
        }

        return 10 * Math.Log10(255.0 * 255.0 * expected.Pixels.Length / sum);
    }
}
