using System.Text.Json.Serialization;

namespace PixArt.Diffusion;

/// <summary>The noise level at which a run ends.</summary>
[JsonConverter(typeof(StrictEnumConverter<FinalSigma>))]
public enum FinalSigma
{
    /// <summary>No noise at all: the last step returns the predicted sample itself.</summary>
    [JsonStringEnumMemberName("zero")]
    Zero,

    /// <summary>The noise of training timestep 0.</summary>
    [JsonStringEnumMemberName("sigma_min")]
    SigmaMin,
}
