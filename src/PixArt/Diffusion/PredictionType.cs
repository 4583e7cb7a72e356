using System.Text.Json.Serialization;

namespace PixArt.Diffusion;

/// <summary>What a denoiser's output means.</summary>
[JsonConverter(typeof(StrictEnumConverter<PredictionType>))]
public enum PredictionType
{
    /// <summary>The noise ε in x_t = α x_0 + σ ε (every published PixArt).</summary>
    [JsonStringEnumMemberName("epsilon")]
    Epsilon,

    /// <summary>The clean sample x_0.</summary>
    [JsonStringEnumMemberName("sample")]
    Sample,

    /// <summary>The velocity v = α ε − σ x_0 (Salimans and Ho 2022).</summary>
    [JsonStringEnumMemberName("v_prediction")]
    Velocity,

    /// <summary>The flow ε − x_0 of the straight path x_t = (1 − σ) x_0 + σ ε.</summary>
    [JsonStringEnumMemberName("flow_prediction")]
    Flow,
}
