using System.Text.Json;
using PixArt.Weights;

namespace PixArt.Text;

/// <summary>What <c>tokenizer_config.json</c> beside a sentencepiece model says, as far as T5 needs it.</summary>
/// <param name="SentinelCount">Number of <c>&lt;extra_id_N&gt;</c> tokens above the pieces (<c>extra_ids</c>); 100 in every T5.</param>
/// <param name="End">Spelling of the end token.</param>
/// <param name="Padding">Spelling of the padding token.</param>
/// <param name="Unknown">Spelling of the unknown token.</param>
/// <param name="IsLegacy">Whether each part of a text between special tokens is encoded as a text of its own (<c>legacy</c>); else what follows one
/// goes on without a space before it.</param>
sealed record TokenizerSettings(int SentinelCount, string End, string Padding, string Unknown, bool IsLegacy)
{
    public static TokenizerSettings Default { get; } = new(100, "</s>", "<pad>", "<unk>", IsLegacy: true);

    /// <summary>Reads the file if there is one; fields that are missing keep T5's values.</summary>
    public static TokenizerSettings Read(string path)
    {
        if (!File.Exists(path)) return Default;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            var count = root.TryGetProperty("extra_ids", out var extra) ? extra.GetInt32() : Default.SentinelCount;
            if (count is < 0 or > 100_000)
                throw new InvalidSettingException($"{path}: extra_ids", count, "a number from 0 to 100000");
            return new TokenizerSettings(
                count,
                Spelling(root, "eos_token") ?? Default.End,
                Spelling(root, "pad_token") ?? Default.Padding,
                Spelling(root, "unk_token") ?? Default.Unknown,
                !root.TryGetProperty("legacy", out var legacy) || legacy.ValueKind is JsonValueKind.Null || legacy.GetBoolean());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new WeightsException(WeightsErrorKind.InvalidJson, path, null, $"is not a tokenizer's configuration: {e.Message}", e);
        }
    }

    // A token is a string, or an object that carries it as "content".
    static string? Spelling(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var token)) return null;
        if (token.ValueKind is JsonValueKind.Object && !token.TryGetProperty("content", out token)) return null;
        return token.ValueKind is JsonValueKind.String && token.GetString() is { Length: > 0 } text ? text : null;
    }
}
