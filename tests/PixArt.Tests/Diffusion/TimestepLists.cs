namespace PixArt.Tests.Diffusion;

/// <summary>How lists of timesteps are compared.</summary>
static class TimestepLists
{
    // Whole timesteps are exact; fractional ones are single-precision results of a logarithm, good to its last bit. So are
    // the middles of the DPM2 samplers, even where they fall on a whole number.
    public static void Equal(double[] expected, IReadOnlyList<double> actual, bool hasMiddles = false)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            var lastBit = Math.Max(MathF.BitIncrement((float)expected[i]) - expected[i], 1e-5);
            var computed = !double.IsInteger(expected[i]) || (hasMiddles && i % 2 != 0);
            Assert.Equal(expected[i], actual[i], computed ? lastBit * (hasMiddles ? 2 : 1) : 0);
        }
    }
}
