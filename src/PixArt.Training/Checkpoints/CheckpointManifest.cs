using System.Text.Json;
using System.Text.Json.Serialization;

namespace PixArt.Training.Checkpoints;

/// <summary>What a checkpoint folder must contain; written last, so that a folder with a manifest is whole.</summary>
sealed record CheckpointManifest
{
    public const string FileName = "manifest.json";

    /// <summary>The version this program writes and the newest it reads.</summary>
    public const int CurrentVersion = 1;

    public int FormatVersion { get; set; } = CurrentVersion;

    public long Step { get; set; }

    public Dictionary<string, CheckpointFile> Files { get; set; } = new(StringComparer.Ordinal);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, CheckpointJson.Default.CheckpointManifest);

    /// <summary>Null when there is none or it does not parse.</summary>
    public static CheckpointManifest? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllBytes(Path.Combine(folder, FileName)), CheckpointJson.Default.CheckpointManifest);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>One file of a checkpoint.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Of the whole file, lower-case hexadecimal.</param>
sealed record CheckpointFile(long Length, string Sha256);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CheckpointManifest))]
[JsonSerializable(typeof(TrainingState))]
sealed partial class CheckpointJson : JsonSerializerContext;
