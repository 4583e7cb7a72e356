namespace PixArt.TestKit.Hub;

/// <summary>What a fake hub answers.</summary>
/// <param name="Status">For example 200.</param>
/// <param name="Body">The content.</param>
public sealed record FakeAnswer(int Status, byte[] Body)
{
    /// <summary>Headers besides the length.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Close the connection after so many bytes of the body; null: after all.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Stand still after <see cref="CutAfter"/> instead of closing.</summary>
    public bool Stalls { get; init; }

    /// <summary>An error as the hub words it.</summary>
    public static FakeAnswer Error(int status, string? code = null, string? message = null, params (string, string)[] headers) => new(status, [])
    {
        Headers = [.. headers, .. code is null ? [] : new[] { ("X-Error-Code", code) }, .. message is null ? [] : new[] { ("X-Error-Message", message) }],
    };
}
