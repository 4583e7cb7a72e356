using System.Text.Json.Serialization;

namespace PixArt.Diffusion;

/// <summary>The curve of the training process's β_t.</summary>
[JsonConverter(typeof(StrictEnumConverter<BetaSchedule>))]
public enum BetaSchedule
{
    /// <summary>Evenly from <c>beta_start</c> to <c>beta_end</c> (PixArt).</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>The square of an even walk between the square roots of the ends (Stable Diffusion).</summary>
    [JsonStringEnumMemberName("scaled_linear")]
    ScaledLinear,

    /// <summary>ᾱ follows a squared cosine, β capped at 0.999 (Nichol and Dhariwal 2021).</summary>
    [JsonStringEnumMemberName("squaredcos_cap_v2")]
    SquaredCosine,

    /// <summary>A logistic curve over [−6, 6] scaled to the ends (GeoDiff).</summary>
    [JsonStringEnumMemberName("sigmoid")]
    Sigmoid,

    /// <summary>ᾱ falls as exp(−12 t), β capped at 0.999.</summary>
    [JsonStringEnumMemberName("exp")]
    Exponential,

    /// <summary>The signal-to-noise ratio follows a Laplace distribution, β capped at 0.999.</summary>
    [JsonStringEnumMemberName("laplace")]
    Laplace,
}
