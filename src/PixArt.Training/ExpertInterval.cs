using System.Text.Json;
using System.Text.Json.Serialization;
using PixArt.Diffusion;
using PixArt.Training.Objectives;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>What an exported transformer says about its own training, in <c>training.json</c> beside its weights, so that an
/// ensemble can be put together without asking anyone which timesteps it owns.</summary>
sealed record ExpertInterval
{
    public const string FileName = "training.json";

    public int Low { get; set; }

    public int High { get; set; } = 1000;

    public PredictionTarget Prediction { get; set; }

    /// <summary>Whether the noise schedule ended in pure noise.</summary>
    public bool ZeroTerminalSnr { get; set; }

    public long Step { get; set; }

    public static void Write(string folder, TimestepInterval interval, PredictionTarget target, long step, bool zeroTerminalSnr = false) =>
        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(
            new ExpertInterval { Low = interval.Low, High = interval.High, Prediction = target, Step = step, ZeroTerminalSnr = zeroTerminalSnr },
            ExpertIntervalJson.Default.ExpertInterval));

    public static ExpertInterval Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), ExpertIntervalJson.Default.ExpertInterval)!;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new PixArtException($"'{path}' cannot be read: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ExpertInterval))]
sealed partial class ExpertIntervalJson : JsonSerializerContext;
