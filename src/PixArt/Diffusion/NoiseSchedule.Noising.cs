using PixArt.Torch;

namespace PixArt.Diffusion;

public sealed partial class NoiseSchedule
{
    /// <summary>√ᾱ_t x_0 + √(1 − ᾱ_t) ε.</summary>
    /// <param name="original">x_0, [B, …].</param>
    /// <param name="noise">ε, of the same shape.</param>
    /// <param name="timesteps">One timestep a sample, or one for all.</param>
    /// <returns>x_t; the caller's to dispose.</returns>
    public Tensor AddNoise(Tensor original, Tensor noise, IReadOnlyList<long> timesteps) =>
        Mix(original, noise, timesteps, noiseSign: 1);

    /// <summary>The velocity √ᾱ_t ε − √(1 − ᾱ_t) x_0 (Salimans and Ho 2022, §4).</summary>
    /// <param name="original">x_0, [B, …].</param>
    /// <param name="noise">ε, of the same shape.</param>
    /// <param name="timesteps">One timestep a sample, or one for all.</param>
    /// <returns>v; the caller's to dispose.</returns>
    public Tensor Velocity(Tensor original, Tensor noise, IReadOnlyList<long> timesteps) =>
        Mix(noise, original, timesteps, noiseSign: -1);

    Tensor Mix(Tensor signal, Tensor other, IReadOnlyList<long> timesteps, int noiseSign)
    {
        using var scope = TensorScope.Begin();
        var a = Column(timesteps, t => MathF.Sqrt(_alphasCumprod[t]), signal);
        var b = Column(timesteps, t => noiseSign * MathF.Sqrt(1 - _alphasCumprod[t]), signal);
        return scope.Keep((signal * a).AddInPlace(other * b));
    }

    // [B, 1, …] so that it broadcasts over a sample's own dimensions.
    Tensor Column(IReadOnlyList<long> timesteps, Func<long, float> value, Tensor like)
    {
        var batch = like.Size(0);
        if (timesteps.Count != 1 && timesteps.Count != batch)
            throw new InvalidSettingException("timesteps", $"{timesteps.Count} values", $"1 or {batch}, one a sample");
        foreach (var t in timesteps)
        {
            if (t < 0 || t >= Timesteps)
                throw new InvalidSettingException("timestep", t, $"a whole number in [0, {Timesteps})");
        }

        var shape = new long[like.Rank];
        Array.Fill(shape, 1);
        shape[0] = timesteps.Count;
        return Tensor.FromArray([.. timesteps.Select(value)], shape).To(like.Device, like.DType);
    }
}
