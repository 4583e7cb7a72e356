using System.Globalization;

namespace PixArt.Training.Objectives;

/// <summary>Which timesteps of a schedule are kept (Nichol and Dhariwal 2021, and DDIM's fixed stride).</summary>
public static class TimestepRespacing
{
    /// <summary>Parses the original repositories' notation.</summary>
    /// <param name="steps">T of the full schedule.</param>
    /// <param name="text"><c>"ddimN"</c> for a fixed integer stride that gives exactly N steps, else comma-separated numbers
    /// of steps, one for each of equally long sections.</param>
    /// <returns>The kept timesteps, ascending.</returns>
    /// <exception cref="InvalidSettingException">The text says something that this schedule cannot give.</exception>
    public static int[] Parse(int steps, string text)
    {
        if (text.StartsWith("ddim", StringComparison.Ordinal)) return FixedStride(steps, text);
        var sections = text.Split(',').Select(part => Number(part, text)).ToArray();
        return Sections(steps, sections);
    }

    /// <summary>Splits the schedule into equally long sections and spreads <paramref name="counts"/>[i] steps evenly over
    /// the i-th, its first and last timestep included.</summary>
    /// <exception cref="InvalidSettingException">A section has fewer timesteps than are asked of it.</exception>
    public static int[] Sections(int steps, IReadOnlyList<int> counts)
    {
        var kept = new SortedSet<int>();
        var start = 0;
        for (var section = 0; section < counts.Count; section++)
        {
            var length = (steps / counts.Count) + (section < steps % counts.Count ? 1 : 0);
            var count = counts[section];
            if (count < 1 || count > length)
                throw new InvalidSettingException("timestep respacing", count, $"1 to {length} steps in section {section}");
            var stride = count == 1 ? 1.0 : (length - 1.0) / (count - 1.0);
            var position = 0.0;
            for (var i = 0; i < count; i++, position += stride)
                kept.Add(start + (int)Math.Round(position, MidpointRounding.ToEven));
            start += length;
        }

        return [.. kept];
    }

    static int[] FixedStride(int steps, string text)
    {
        var wanted = Number(text.AsSpan(4).ToString(), text);
        for (var stride = 1; stride < steps; stride++)
            if ((steps + stride - 1) / stride == wanted)
                return [.. Enumerable.Range(0, wanted).Select(i => i * stride)];
        throw new InvalidSettingException("timestep respacing", text, $"an integer stride over {steps} steps");
    }

    static int Number(string part, string text) => int.TryParse(part, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new InvalidSettingException("timestep respacing", text, "'ddimN' or numbers separated by commas");
}
