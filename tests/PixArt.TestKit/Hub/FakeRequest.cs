namespace PixArt.TestKit.Hub;

/// <summary>A request that a fake hub got.</summary>
/// <param name="IsCdn">Whether it came to the host that large files are on.</param>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Headers">Name in lower case → value.</param>
public sealed record FakeRequest(bool IsCdn, string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? Authorization => Headers.GetValueOrDefault("authorization");

    /// <summary>First byte of the range that is asked for.</summary>
    public long From => Headers.TryGetValue("range", out var range) && range.StartsWith("bytes=", StringComparison.Ordinal)
        ? long.Parse(range["bytes=".Length..].Split('-')[0], System.Globalization.CultureInfo.InvariantCulture) : 0;
}
