using System.Text.Json;
using System.Text.Json.Serialization;

namespace PixArt.Training.Features;

/// <summary>What the latents of a cache were made from; a cache of something else is not used.</summary>
sealed record LatentCacheIdentity
{
    public const string FileName = "cache.json";

    public int FormatVersion { get; set; } = 1;

    /// <summary><see cref="Data.IImageData.Fingerprint"/> of the images.</summary>
    public string Images { get; set; } = "";

    /// <summary>SHA-256 of the autoencoder's weights.</summary>
    public string Autoencoder { get; set; } = "";

    /// <summary>Number of samples when complete.</summary>
    public long Count { get; set; }

    /// <summary>C, h, w of one sample's latents.</summary>
    public long[] Shape { get; set; } = [];

    /// <summary>Whether standard deviations follow the means.</summary>
    public bool Deviations { get; set; }

    /// <summary>Factor from the autoencoder's latents to the denoiser's; stored values are unscaled.</summary>
    public double Scale { get; set; }

    /// <summary>Subtracted before scaling.</summary>
    public double Shift { get; set; }

    [JsonIgnore]
    public int ValuesPerSample => (int)Shape.Aggregate(Deviations ? 2L : 1L, (product, size) => product * size);

    public bool Matches(LatentCacheIdentity other) =>
        string.Equals(ToJson(), other.ToJson(), StringComparison.Ordinal);

    public string ToJson() => JsonSerializer.Serialize(this, LatentCacheJson.Default.LatentCacheIdentity);

    public static LatentCacheIdentity? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllText(Path.Combine(folder, FileName)), LatentCacheJson.Default.LatentCacheIdentity);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LatentCacheIdentity))]
sealed partial class LatentCacheJson : JsonSerializerContext;
