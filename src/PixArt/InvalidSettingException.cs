using System.Globalization;

namespace PixArt;

/// <summary>A value of a request or configuration that cannot be used.</summary>
/// <param name="field">The setting as its user writes it, for example <c>guidance_scale</c> or <c>--steps</c>.</param>
/// <param name="value">The value that was given.</param>
/// <param name="expected">What would be right, for example <c>a number of at least 1</c>.</param>
public sealed class InvalidSettingException(string field, object? value, string expected)
    : PixArtException($"{field} is {Show(value)}, expected {expected}")
{
    /// <summary>The setting as its user writes it.</summary>
    public string Field { get; } = field;

    /// <summary>The value that was given.</summary>
    public object? Value { get; } = value;

    /// <summary>What would be right.</summary>
    public string Expected { get; } = expected;

    const int LongestQuote = 300; // a path stands whole
    const int CutQuote = 80;

    static string Show(object? value)
    {
        var text = value switch
        {
            null => "missing",
            string s => s.Length > LongestQuote ? $"'{s[..CutQuote]}…' ({s.Length} characters)" : $"'{s}'",
            bool b => b ? "true" : "false",
            IFormattable f => f.ToString(format: null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "missing",
        };
        return text;
    }
}
