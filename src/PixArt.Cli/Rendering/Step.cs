namespace PixArt.Cli.Rendering;

/// <summary>How far one stage of the work has come.</summary>
/// <param name="Stage">What is being done, in a word or two: `sampling`.</param>
/// <param name="Done">Finished parts, 0 to <paramref name="Total"/>.</param>
/// <param name="Total">All parts of this stage, at least 1.</param>
/// <param name="Bytes">Whether the parts are bytes.</param>
/// <param name="Share">Whether the parts count for nothing but the share of all that is done.</param>
internal readonly record struct Step(string Stage, long Done, long Total, bool Bytes = false, bool Share = false)
{
    /// <summary>`12/20`, `1.2 MB of 21.8 GB` or `60 %`.</summary>
    public string Count => Share ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{100 * Done / Total} %") : Bytes ? $"{ByteText.Of(Done)} of {ByteText.Of(Total)}" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Done}/{Total}");
}
