using System.Text.Json.Serialization;

namespace PixArt.Diffusion;

/// <summary>The variance of an ancestral (DDPM) step.</summary>
[JsonConverter(typeof(StrictEnumConverter<VarianceType>))]
public enum VarianceType
{
    /// <summary>The posterior's variance β̃_t.</summary>
    [JsonStringEnumMemberName("fixed_small")]
    FixedSmall,

    /// <summary>β̃_t, kept as a standard deviation computed through its logarithm.</summary>
    [JsonStringEnumMemberName("fixed_small_log")]
    FixedSmallLog,

    /// <summary>β_t itself.</summary>
    [JsonStringEnumMemberName("fixed_large")]
    FixedLarge,

    /// <summary>ln β_t taken as the variance; it is negative, so a run is not finite. Kept because files name it.</summary>
    [JsonStringEnumMemberName("fixed_large_log")]
    FixedLargeLog,

    /// <summary>The model's second half of channels is the variance.</summary>
    [JsonStringEnumMemberName("learned")]
    Learned,

    /// <summary>The model's second half interpolates between ln β̃_t (−1) and ln β_t (+1) (Nichol and Dhariwal 2021).</summary>
    [JsonStringEnumMemberName("learned_range")]
    LearnedRange,
}
