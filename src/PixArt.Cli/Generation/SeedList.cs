using System.Globalization;

namespace PixArt.Cli.Generation;

/// <summary>Seeds between commas, single or as ranges: <c>1,2,5-9</c>.</summary>
internal static class SeedList
{
    const int Most = 1000;

    /// <exception cref="InvalidSettingException">It is no such list, or too long.</exception>
    public static IReadOnlyList<ulong> Parse(string text)
    {
        var seeds = new List<ulong>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length > 2 || Number(ends[0]) is not { } first || Number(ends[^1]) is not { } last || last < first || last - first >= Most)
                throw Wrong(text);
            for (var count = last - first + 1; count > 0; count--) seeds.Add(first++);
            if (seeds.Count > Most) throw Wrong(text);
        }
        return seeds;
    }

    static ulong? Number(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static InvalidSettingException Wrong(string text) => new("--seeds", text, $"at most {Most} seeds between commas, as 1,2,5-9");
}
