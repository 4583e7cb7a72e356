using System.Text.Json;
using System.Text.Json.Nodes;
using PixArt.Weights;

namespace PixArt.Training.Features.Repository;

/// <summary>What the features of a folder were made with, as a JSON file beside them: a later extraction with other settings is
/// refused instead of mixing two kinds. Folders that another program filled have none and are continued.</summary>
static class FeatureSettings
{
    static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Claims a kind of features for some settings.</summary>
    /// <param name="path">The JSON file.</param>
    /// <param name="settings">The settings.</param>
    /// <exception cref="PixArtException">Features made with other settings are there.</exception>
    public static void Claim(string path, JsonObject settings)
    {
        var text = settings.ToJsonString(s_indented) + "\n";
        if (!File.Exists(path))
        {
            AtomicFile.WriteText(path, text);
            return;
        }

        var there = File.ReadAllText(path);
        if (string.Equals(there, text, StringComparison.Ordinal)) return;
        throw new PixArtException($"the features of '{path}' were made with other settings; remove them, or choose another 'output'. Theirs: {OneLine(there)}; these: {OneLine(text)}");
    }

    static string OneLine(string json) => string.Join(' ', json.Split((char[])['\n', '\r', ' '], StringSplitOptions.RemoveEmptyEntries));
}
