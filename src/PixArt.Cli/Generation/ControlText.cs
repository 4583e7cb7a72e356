using PixArt.Imaging;
using PixArt.Pipelines;

namespace PixArt.Cli.Generation;

/// <summary>Reads <c>--control kind=picture</c>.</summary>
internal static class ControlText
{
    const string None = "none";
    static readonly string s_expected = $"{string.Join(", ", Enum.GetValues<ControlKind>().Select(kind => $"{Name(kind)}=picture.png"))}, or {None}";

    /// <param name="text">What is said, or null: what the repeated picture had.</param>
    /// <param name="strength">What is said of the strength, or null.</param>
    /// <param name="from">The settings of a picture that is repeated, or null.</param>
    /// <returns>The condition with its picture read, or null: none.</returns>
    /// <exception cref="PixArtException">It is none of the kinds, or the picture cannot be read.</exception>
    public static ControlCondition? Read(string? text, double? strength, GenerationSettings? from)
    {
        if (string.Equals(text, None, StringComparison.Ordinal)) return null;
        if (text is null)
        {
            if (from is { Control: { } kind, ControlImage: { } file }) return Condition(kind, file, strength ?? from.ControlStrength);
            return strength is null ? null : throw new InvalidSettingException("--control", null, $"a picture with --control-strength: {s_expected}");
        }

        var parts = text.Split('=', 2);
        var named = Enum.GetValues<ControlKind>().Where(kind => string.Equals(Name(kind), parts[0], StringComparison.Ordinal)).ToArray();
        if (parts.Length < 2 || parts[1].Length == 0 || named.Length == 0) throw new InvalidSettingException("--control", text, s_expected);
        return Condition(named[0], parts[1], strength);
    }

    static ControlCondition Condition(ControlKind kind, string file, double? strength) =>
        new() { Kind = kind, Image = Image.Load(file), Strength = strength ?? 1, Source = file };

    static string Name(ControlKind kind) => kind.ToString().ToLowerInvariant();
}
