using System.Globalization;

namespace PixArt.Diffusion;

/// <summary>Which timesteps a respaced process keeps, by the original repositories' notation.</summary>
static class Respacing
{
    /// <summary>Rising timesteps.</summary>
    /// <param name="timesteps">T.</param>
    /// <param name="notation">
    /// <c>100</c>: so many, ends included; <c>10,15,20</c>: so many of each equal section; <c>ddim50</c>: so many by one
    /// whole stride from 0.
    /// </param>
    public static int[] Parse(int timesteps, string notation)
    {
        const string Strided = "ddim";
        if (notation.StartsWith(Strided, StringComparison.Ordinal))
        {
            var wanted = Count(notation[Strided.Length..], notation);
            for (var stride = 1; stride <= timesteps; stride++)
            {
                if ((timesteps + stride - 1) / stride == wanted)
                    return [.. Enumerable.Range(0, wanted).Select(i => i * stride)];
            }

            throw Wrong(notation, "a count that some whole stride gives");
        }

        int[] counts = [.. notation.Split(',').Select(c => Count(c, notation))];
        return Sections(timesteps, counts, notation);
    }

    static int[] Sections(int timesteps, int[] counts, string notation)
    {
        var kept = new List<int>();
        var start = 0;
        for (var section = 0; section < counts.Length; section++)
        {
            var size = (timesteps / counts.Length) + (section < timesteps % counts.Length ? 1 : 0);
            if (counts[section] > size) throw Wrong(notation, $"at most {size} timesteps of a section");
            var stride = counts[section] > 1 ? (size - 1) / (double)(counts[section] - 1) : 1;
            // Added up and rounded, not multiplied: the sum's own rounding decides some timesteps.
            for (var (i, at) = (0, 0.0); i < counts[section]; i++, at += stride) kept.Add(start + (int)Grid.Round(at));
            start += size;
        }

        return [.. kept];
    }

    static int Count(string text, string notation) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw Wrong(notation, "counts such as 100, 10,15,20 or ddim50");

    static InvalidSettingException Wrong(string notation, string expected) =>
        new("timestep respacing", notation, expected);
}
