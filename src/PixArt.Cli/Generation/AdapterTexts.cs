using System.Globalization;
using PixArt.Hub;
using PixArt.Pipelines;

namespace PixArt.Cli.Generation;

/// <summary>Reads <c>FILE[@EXPERT][=WEIGHT]</c>. An <c>@</c> before a colon is a revision: <c>owner/name@revision:file@EXPERT</c>. The folder of a training of
/// several experts' adapters (<c>FOLDER/t0-399/adapter</c>, …) stands for all of them, each on its expert.</summary>
internal static class AdapterTexts
{
    const string None = "none";

    /// <returns>Null when nothing was said; an empty list for <c>none</c>.</returns>
    /// <exception cref="InvalidSettingException">A weight is not a number.</exception>
    public static IReadOnlyList<AdapterChoice>? Read(string[]? texts)
    {
        if (texts is null or { Length: 0 }) return null;
        return texts is [None] ? [] : [.. texts.Select(One).SelectMany(EachExpert)];
    }

    static IEnumerable<AdapterChoice> EachExpert(AdapterChoice choice)
    {
        if (choice.Expert is not null || !Directory.Exists(choice.Path) || Directory.EnumerateFiles(choice.Path, "*.safetensors").Any()) return [choice];
        string[] experts = [.. Directory.GetDirectories(choice.Path).Where(folder => Directory.Exists(AdapterOf(folder))).Order(StringComparer.Ordinal)];
        return experts.Length == 0 ? [choice] : experts.Select(folder => choice with { Path = AdapterOf(folder), Expert = Path.GetFileName(folder) });
    }

    static string AdapterOf(string expert) => Path.Combine(expert, "adapter");

    // A path may have '=' and '@' inside: what is there as it stands is a path.
    static AdapterChoice One(string text)
    {
        if (Exists(text)) return new(text);
        var (path, weight) = (text, 1.0);
        if (text.LastIndexOf('=') is > 0 and var equals)
        {
            if (!double.TryParse(text.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out weight) || !double.IsFinite(weight))
                throw new InvalidSettingException("--adapter", text, "a file with its weight as a number: style.safetensors=0.8");
            path = text[..equals];
        }

        if (Exists(path) || path.LastIndexOf('@') is not (> 0 and var at) || IsRevision(path, at)) return new(path, weight);
        return new(path[..at], weight, path[(at + 1)..]);
    }

    static bool IsRevision(string path, int at) => path.IndexOf(':', at) > at && HubPath.TryParse(path[..(path.IndexOf(':', at) + 1)]) is not null;

    static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);
}
