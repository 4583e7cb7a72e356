using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PixArt.Training.Features;

/// <summary>What the latents of a cache were made from. A cache's folder holds one subfolder for each identity, so that other
/// images or another autoencoder begin a cache of their own and nothing has to be thrown away.</summary>
sealed record LatentCacheIdentity
{
    public const string FileName = "cache.json";

    public int FormatVersion { get; set; } = 2;

    /// <summary><see cref="Data.IImageData.Fingerprint"/> of the images.</summary>
    public string Images { get; set; } = "";

    /// <summary>SHA-256 of the autoencoder's weights.</summary>
    public string Autoencoder { get; set; } = "";

    /// <summary>Number of samples when complete.</summary>
    public long Count { get; set; }

    /// <summary>Channels of the latents.</summary>
    public int Channels { get; set; }

    /// <summary>Pixels of an image along one side of a latent pixel.</summary>
    public int Downsampling { get; set; }

    /// <summary>Whether standard deviations follow the means.</summary>
    public bool Deviations { get; set; }

    /// <summary>Factor from the autoencoder's latents to the denoiser's; stored values are unscaled.</summary>
    public double Scale { get; set; }

    /// <summary>Subtracted before scaling.</summary>
    public double Shift { get; set; }

    /// <summary>The subfolder's name.</summary>
    [JsonIgnore]
    public string Key => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToJson())))[..16];

    public string ToJson() => JsonSerializer.Serialize(this, LatentCacheJson.Default.LatentCacheIdentity);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LatentCacheIdentity))]
sealed partial class LatentCacheJson : JsonSerializerContext;
