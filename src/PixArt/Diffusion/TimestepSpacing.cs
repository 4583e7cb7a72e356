using System.Text.Json.Serialization;

namespace PixArt.Diffusion;

/// <summary>How inference steps are laid over the training timesteps (Lin et al. 2023, table 2).</summary>
[JsonConverter(typeof(StrictEnumConverter<TimestepSpacing>))]
public enum TimestepSpacing
{
    /// <summary>Evenly from the last training timestep to the first, both ends included.</summary>
    [JsonStringEnumMemberName("linspace")]
    Linspace,

    /// <summary>Multiples of ⌊T/n⌋ plus an offset; the noisiest timesteps are never visited.</summary>
    [JsonStringEnumMemberName("leading")]
    Leading,

    /// <summary>Counted down from T in strides of T/n, so that the noisiest timestep is always visited.</summary>
    [JsonStringEnumMemberName("trailing")]
    Trailing,
}
